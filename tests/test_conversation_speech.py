"""What a summary of a coding session is made of: passages, files, and nothing torn or pasted."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.conversation.facts.artifacts import path_in, root_of, target, working_folder
from longzip.conversation.facts.digressions import settled
from longzip.conversation.facts.facts import Fact
from longzip.conversation.facts.gathering import facts_of
from longzip.conversation.facts.ledger import Ledger, fit, merge, render
from longzip.conversation.facts.sayings import core
from longzip.conversation.facts.speech import LONGEST, passages
from longzip.conversation.facts.tool_output import spoken_brief
from longzip.messages.dialects import from_dicts
from longzip.messages.normal import Block, Message, ScriptCount
from longzip.messages.transcripts import read_messages
from longzip.prose.values import distinct

COUNTER = ScriptCount()


def said(text):
    return [passage.whole for passage in passages(text)]


def user(text):
    return {"role": "user", "content": text}


def agent(text, **fields):
    return {"role": "assistant", "content": text, **fields}


def lines(message, question="", call=None):
    return [
        (fact.section, fact.forms[0]) for fact in facts_of(from_dicts([message])[0], 1, question, call, COUNTER, {})
    ]


# Passages


def test_code_tables_tags_and_diffs_are_not_speech():
    text = """The port is wrong in two places.

```go
addWatch := func(dir string) error { return nil }
```
| file | result |
|---|---|
    84\u2192\treturn fmt.Errorf("failed")
+	providerList := registry.GetProviderList()
@@ -1,3 +1,4 @@
<details>
errChan := make(chan error, 3)
return strings.Join(answers, ", ")
"MultiEdit": formatMultiEditTool,
/usr/lib/python3/site.py
gh pr diff 168 --name-only 2>/dev/null | grep -v history
The rest of the report is fine."""
    assert said(text) == ["The port is wrong in two places.", "The rest of the report is fine."]


@pytest.mark.parametrize("fragment", ["**12.**", "- 2.", "---", "### 3.", "1.", "* `x`", "Preview (first 2KB):"])
def test_a_single_fragment_is_nothing(fragment):
    assert said(f"We looked at the tests.\n\n{fragment}\n\nAll of them run now.") == [
        "We looked at the tests.",
        "All of them run now.",
    ]


def test_a_fence_that_is_never_closed_hides_nothing():
    assert said("Look at this:\n```\nThe build fails on every branch.") == ["The build fails on every branch."]


def test_an_item_has_the_line_that_introduces_it_and_its_number():
    text = "Please change these:\n1. The name of the flag\n2. The order of the arguments\n\nThen run it all."
    assert said(text) == [
        "Please change these: 1. The name of the flag",
        "Please change these: 2. The order of the arguments",
        "Then run it all.",
    ]


def test_a_long_introduction_goes_with_the_first_item_alone():
    lead = "These are the things that the second reviewer asked us to look at before we merge:"
    assert said(f"{lead}\n- the names of the flags\n- the order of the tests") == [
        f"{lead} the names of the flags",
        "the order of the tests",
    ]


def test_a_heading_goes_with_what_follows_it():
    assert said("### Root cause\n\nThe watcher holds one handle per file.\n\nIt stays open.") == [
        "Root cause: The watcher holds one handle per file.",
        "It stays open.",
    ]


def test_a_sentence_that_points_back_stays_with_the_one_before():
    assert said("The cache is never emptied. This makes the service slow. We saw 4,000 entries.") == [
        "The cache is never emptied. This makes the service slow.",
        "We saw 4,000 entries.",
    ]


def test_a_number_or_an_abbreviation_ends_no_sentence():
    assert said("Let's look at 2. Unused variables remain, e.g. The first one.") == [
        "Let's look at 2. Unused variables remain, e.g. The first one."
    ]


def test_what_is_said_again_in_a_paragraph_is_said_once():
    assert said("The build is slow. It waits. The build is slow. It waits.") == ["The build is slow. It waits."]


def test_wrapped_lines_are_one_sentence_again():
    text = (
        "The scheduler of the service starts the second worker before the first one\nhas written its port to the file."
    )
    assert said(text) == [text.replace("\n", " ")]


def test_what_a_program_inserts_is_not_said():
    text = "<local-command-caveat>Do not respond to these messages.</local-command-caveat>\nRename the flag to --quiet."
    assert said(text) == ["Rename the flag to --quiet."]


def test_chinese_is_read_by_its_marks():
    assert said("\u6211\u4eec\u51b3\u5b9a\u4f7f\u7528 Redis\u3002\u7aef\u53e3\u662f 6379\u3002") == [
        "\u6211\u4eec\u51b3\u5b9a\u4f7f\u7528 Redis\u3002",
        "\u7aef\u53e3\u662f 6379\u3002",
    ]


@given(
    st.lists(
        st.sampled_from(
            [
                "# Head",
                "- item one is here",
                "```",
                "It is so.",
                "a | b",
                "Done: ",
                "\t",
                "1. two words more",
                "x := 1",
                "<b>",
                "",
            ]
        )
    ).map("\n".join)
)
def test_passages_hold_only_what_was_said(text):
    words = set(text.replace(":", " : ").split())
    assert all(word in words for passage in passages(text) for word in passage.text.replace(":", " : ").split())


@given(st.text(max_size=400))
def test_any_text_has_passages_of_bounded_leads(text):
    assert all(not passage.lead or len(passage.whole) <= LONGEST + 1 for passage in passages(text))


# Facts


def test_a_short_answer_is_bound_to_its_question():
    assert lines(user("yup"), "Want me to apply #1 and #3?") == [
        ("Decisions", "user: Want me to apply #1 and #3? -- yup")
    ]
    assert lines(user("Sure, it's sofia_kim_7287."), "Could you please provide your user ID?")[0][0] == "Values"


def test_a_short_message_of_the_users_is_one_line_and_can_be_shortened_to_its_point():
    message = from_dicts([user("I went through the notes. The service listens on port 8710. Let us go on.")])[0]
    (fact,) = facts_of(message, 1, "", None, COUNTER, {})
    assert fact.forms[:2] == (f"user: {message.text}", "user: The service listens on port 8710.")


def test_a_value_can_be_kept_with_its_subject_alone():
    assert (
        core("user: The service listens on port 8710, which surprised me.")
        == "user: The service listens on port 8710 \u2026"
    )
    assert core("Since the fix touched only watcher_2.py, nothing else changed.") == "", (
        "a clause that waits for another"
    )
    assert core("We went there and looked at it for hours on end, and in the end we found that the port is 8710.") == ""
    assert core("(55) Many entries are speculative, as the spec says.") == "", "the number of an item is no value"
    assert core("The rule (use port_7, and no other) is old.") == "", "no half of a bracket"
    assert core("Nothing of the kind was found.") == ""


def test_what_was_decided_outranks_what_only_sounds_like_it():
    decided, described = (
        next(facts_of(from_dicts([agent(text)])[0], 1, "", None, COUNTER, {}))
        for text in (
            "We decided to use queue_7 for all the jobs.",
            "They call queue_7 for the jobs instead of the table.",
        )
    )
    assert decided.section == "Decisions"
    assert described.section == "Values"
    assert decided.base > described.base


def test_a_decision_keeps_its_reason():
    (fact,) = facts_of(
        from_dicts([agent("We decided to use queue_7 for the jobs, because the other one loses some.")])[0],
        1,
        "",
        None,
        COUNTER,
        {},
    )
    assert all("because" in form for form in fact.forms)


@pytest.mark.parametrize(
    "text",
    [
        "[Request interrupted by user for tool use]",
        "<command-name>/exit</command-name>",
        "<local-command-stdout>Bye!</local-command-stdout>",
    ],
)
def test_what_a_program_says_in_the_users_name_is_no_fact(text):
    assert lines(user(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Now clean up the blank line in app.py.",
        "Let me check sessions.go for the helpers.",
        "Good, I have a complete picture of app.py now.",
        "Next, the change in `app.py`:",
    ],
)
def test_what_an_agent_is_about_to_do_is_no_fact(text):
    assert lines(agent(text)) == []


def test_a_report_leaves_its_first_sentence_and_what_is_said_before_a_call_little():
    report = agent("The reader works with empty files. Two tests were slow.")
    call = {"id": "c", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    assert ("Play-by-play", "The reader works with empty files.") in lines(report)
    before = from_dicts([agent("The crash was E44Error: fixed by pinning it.", tool_calls=[call])])[0]
    after = from_dicts([agent("The crash was E44Error: fixed by pinning it.")])[0]
    weak, strong = (next(facts_of(message, 1, "", None, COUNTER, {})) for message in (before, after))
    assert weak.base < strong.base / 2


def test_what_might_be_is_worth_less_than_what_is():
    might, does = (
        next(facts_of(from_dicts([agent(text)])[0], 9, "", None, COUNTER, {}))
        for text in (
            "Well. Well. Well. If the format changes, parsing fails silently.",
            "Well. Well. Well. The format changed, and parsing fails silently.",
        )
    )
    assert might.base < does.base


def test_who_has_to_do_what_by_when_outranks_what_has_to_be_done():
    promised, due = (
        next(facts_of(from_dicts([user(text)])[0], 1, "", None, COUNTER, {}))
        for text in ("Dana must send the audit report by Friday.", "Someone must send the audit report again.")
    )
    assert promised.section == due.section == "Open and next"
    assert promised.base > due.base


def test_reading_a_file_leaves_the_file_and_not_its_code():
    call = Block("call", "`./src/app.py`", name="Read", id="c")
    result = {"role": "tool", "tool_call_id": "c", "content": "     1\u2192import os\n     2\u2192def main():"}
    assert lines(result, call=call) == [("Artifacts", "./src/app.py: read")]


def test_a_brief_for_a_person_has_no_code():
    output = "Found 3 files\nsrc/a.go:12: func main() {\n/usr/lib/x.go\nE   assert 1 == 2\n2 failed"
    assert spoken_brief(output, 100, COUNTER, {}) == "Found 3 files | E   assert 1 == 2 | 2 failed".replace("   ", " ")


# Files


ROOT = "/home/u/project/"


def file(turn, path, verb="read"):
    return Fact("Artifacts", turn, (f"{path}: {verb}",), 2.0, f"artifact {path}")


def test_paths_are_written_below_their_root_and_a_file_once():
    facts = merge(
        [file(1, "./pkg/cmd/run.go"), file(2, ROOT + "pkg/cmd/run.go", "modified")],
        [file(3, "./main.go"), file(4, ROOT + "main.go", "modified"), file(5, ROOT + "pkg/io/read.go")],
    )
    written = render(facts).split("Artifacts:\n")[1].split("\nValues:")[0].splitlines()
    assert written == [
        f"- below {ROOT}",
        "- #2 pkg/cmd/run.go: read, modified",
        "- #4 main.go: read, modified",
        "- #5 pkg/io/read.go: read",
    ]


def test_a_root_is_said_where_two_paths_share_it():
    assert root_of([ROOT + "a.py"]) == ""
    assert root_of([ROOT + "a.py", "/etc/b.py"]) == ""
    assert root_of([ROOT + "a/b.py", ROOT + "c.py"]) == ROOT
    assert working_folder(["./pkg/cmd/x.go", ROOT + "pkg/io/y.go"]) == ""
    assert working_folder(["./pkg/cmd/x.go", ROOT + "pkg/cmd/y.go"]) == ROOT


def test_a_path_elsewhere_is_written_whole():
    facts = merge([file(1, "./pkg/cmd/run.go"), file(2, ROOT + "pkg/cmd/stop.go"), file(3, "/var/log/run.log")], [])
    written = render(facts).split("Artifacts:\n")[1].split("\nValues:")[0].splitlines()
    assert written == [
        f"- below {ROOT}",
        "- #1 pkg/cmd/run.go: read",
        "- #2 pkg/cmd/stop.go: read",
        "- #3 /var/log/run.log: read",
    ]


def test_a_command_that_names_a_file_is_not_about_it():
    assert target(Block("call", "`./src/app.py`", name="Read")) == "./src/app.py"
    assert target(Block("call", '{"path": "src/app.py"}', name="read")) == "src/app.py"
    assert target(Block("call", "grep -n watch src/app.py | head -5 | sort --unique", name="Bash")) == ""
    assert path_in("no path", 0.0) == ""


def test_a_ledger_is_filled():
    facts = [Fact("Values", turn, (f"The name of value number {turn} is value_{turn}.",), 2.0) for turn in range(1, 60)]
    ledger = fit(Ledger(), facts, 300, COUNTER, {})
    assert 285 <= COUNTER.count(ledger.text()) <= 300


def test_no_section_crowds_out_the_others():
    many = [
        Fact("Errors and fixes", turn, (f"Something of the kind {turn} failed again.",), 4.0) for turn in range(1, 40)
    ]
    one = Fact("Values", 41, ("The port of the service is this.",), 3.0)
    assert one in fit(Ledger(), [*many, one], 200, COUNTER, {}).facts


# Digressions


def talk(*turns):
    return from_dicts([{"role": role, "content": text} for role, text in turns])


def test_a_question_that_was_answered_and_noted_is_settled():
    answered = talk(
        ("user", "What does go mod graph do?"),
        ("assistant", "It prints the graph of app_1."),
        ("user", "Got it. Go on with the flag."),
    )
    assert list(settled(answered)) == [0, 1]


@pytest.mark.parametrize(
    "turns",
    [
        (("user", "What does it do?"), ("assistant", "It prints."), ("user", "But why twice?")),
        (("user", "Please fix it."), ("assistant", "Done."), ("user", "Thanks.")),
        (("user", "Where is it?"), ("assistant", "In app.py. Shall I change it?"), ("user", "Yes.")),
        (("user", "What does it do?"), ("assistant", "It prints.")),
    ],
)
def test_what_nothing_settles_stays(turns):
    assert list(settled(talk(*turns))) == []


def test_a_question_on_which_something_was_changed_is_not_settled():
    call = {"id": "c", "type": "function", "function": {"name": "edit_file", "arguments": '{"path": "a.py"}'}}
    messages = from_dicts(
        [
            user("Why is it slow?"),
            agent(None, tool_calls=[call]),
            {"role": "tool", "tool_call_id": "c", "content": "ok"},
            user("Thanks."),
        ]
    )
    assert list(settled(messages)) == []


# Transcripts


def test_a_transcript_that_a_tool_printed_stays_in_its_result():
    inner = (
        '     1\u2192<tool-use data-tool-name="Read"><details>\n     2\u2192</details></tool-use>\n     '
        "3\u2192_**User (2026)**_"
    )
    text = (
        "_**User (now)**_\n\nlook\n\n_**Agent (m now)**_\n\n<tool-use "
        f'data-tool-name="Read"><details>\n`a.md`\n\n```\n{inner}\n```\n</details></tool-use>\n\nDone.\n'
    )
    messages = read_messages(text)
    assert [message.role for message in messages] == ["user", "assistant", "tool", "assistant"]
    assert messages[2].text == inner
    assert "".join(message.raw for message in messages) == text


def test_atoms_of_facts_stand_in_the_message():
    message = Message(
        "assistant", (Block("text", "## Result\n\n**The port** of `app_1` is 6379.\n\n- It moved to config/a.yaml."),)
    )
    for fact in facts_of(message, 1, "", None, COUNTER, {}):
        assert all(atom in message.text for form in fact.forms for atom in distinct(form))


def test_an_insertion_that_is_never_closed_stays_and_costs_no_time():
    assert said("<system-reminder> The build fails on every branch.") == [
        "<system-reminder> The build fails on every branch."
    ]
    started = time.perf_counter()
    passages("<system-reminder>" * 20_000)
    assert time.perf_counter() - started < 2
