"""The parts of the window, each with answers that can be worked out by hand."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import (
    HeadTailSummarizer,
    ModelError,
    OpenAICompatible,
    SourceError,
    Transcript,
    TruncateSummarizer,
    advise,
    from_dicts,
    profile,
)
from longzip.conversation.compaction.log import ORPHAN, UNANSWERED, Log
from longzip.conversation.facts.facts import Fact
from longzip.conversation.facts.gathering import facts_of, question_before
from longzip.conversation.facts.ledger import Ledger, fit, merge, render
from longzip.conversation.facts.tool_output import brief
from longzip.conversation.summaries.density import ChainOfDensity, DensitySummarizer, densified
from longzip.conversation.summaries.endpoint import most_agreed
from longzip.conversation.summaries.guards import guarded
from longzip.conversation.summaries.summarizers import COMPACTOR_SYSTEM, plain_messages, prompt
from longzip.messages.dialects import plain
from longzip.messages.normal import Block, ScriptCount
from longzip.prose.marks import filler, marks_of
from longzip.prose.values import atoms, distinct
from tests.conversations import random_conversation

COUNTER = ScriptCount()
MANY = 10**6


def test_atoms_are_found_with_their_kinds():
    text = (
        "Fix `src/app/main.py:42` on 2024-05-20; mia_li_3668 paid $1,200.50 (30 %), v1.2.3, see "
        "https://x.org/a?b=c. It was I."
    )
    assert [(atom.text, atom.kind) for atom in atoms(text)] == [
        ("src/app/main.py:42", "path"), ("2024-05-20", "date"), ("mia_li_3668", "identifier"), ("$1,200.50", "amount"),
        ("30 %", "amount"), ("v1.2.3", "version"), ("https://x.org/a?b=c", "url"),
    ]  # fmt: skip
    assert all(text[atom.start :].startswith(atom.text) for atom in atoms(text))


def test_a_comma_after_a_number_is_no_part_of_it():
    assert list(distinct("ports 2746, 1,234,567 and 12,,")) == ["2746", "1,234,567", "12"]


@given(st.text(max_size=300))
def test_an_atom_stands_where_it_says(text):
    assert all(text[atom.start :].startswith(atom.text) for atom in atoms(text))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("We decided to use Redis because it is there.", "decision"),
        ("我们决定使用 Redis。", "decision"),
        ("TypeError: x is not a function", "error"),
        ("The root cause was a stale lock; fixed in 1f2e3d4.", "fix"),
        ("Dana must send the report by Friday.", "action"),
        ("Never touch the production database.", "constraint"),
        ("The migration must finish before we deploy.", "dependency"),
        ("Please add a test for it", "request"),
        ("Which port is free?", "question"),
        ("We ruled out Kafka, too heavy.", "rejected"),
        ("All tests pass, deployed to staging.", "state"),
    ],
)
def test_what_a_sentence_does(sentence, expected):
    assert expected in marks_of(sentence)


def test_a_question_decides_nothing():
    assert "decision" not in marks_of("Should we go with Redis?")


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("Hi there!", True),
        ("Thanks, great!", True),
        ("好的，谢谢", True),
        ("Hi, the build fails", False),
        ("ok 42", False),
    ],
)
def test_pleasantries_alone_are_pleasantries(text, only):
    assert bool(filler(text)) is only


# Digests


def test_a_brief_of_json_keeps_values_under_their_keys():
    text = json.dumps(
        {"user": {"id": "mia_3668", "vip": True}, "rows": [{"no": "HAT1", "price": 12}, {"no": "HAT2", "price": 14}]}
    )
    assert brief(text, MANY, COUNTER, {}) == "user{id=mia_3668} rows[no|price: HAT1|12; HAT2|14]"
    assert brief(text, 12, COUNTER, {}) == "user{id=mia_3668}"
    assert brief(text, 10, COUNTER, {"HAT2": 8}) == "rows[no=HAT2]"
    assert brief("", 50, COUNTER, {}) == brief("{}", 0, COUNTER, {}) == ""


def test_a_brief_of_text_keeps_errors_first_and_last_lines_and_values():
    text = (
        "collected 3 items\n"
        + "\n".join(f"noise {n}" for n in range(50))
        + "\nE  ValueError: bad port 70000 in conf/app.yaml\n1 failed, 2 passed\n"
    )
    shown = brief(text, 60, COUNTER, {})
    assert "ValueError: bad port 70000 in conf/app.yaml" in shown
    assert "1 failed, 2 passed" in shown
    assert shown.index("collected 3 items") < shown.index("ValueError")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-999, 99_999)
    | st.text(max_size=12)
    | st.sampled_from(["a_1", "src/x/y.py", "2024-01-02"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=6), JSON, max_size=5) | st.text(max_size=400), st.integers(0, 60))
def test_a_brief_fits_and_adds_nothing(value, room):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = brief(text, room, COUNTER, {})
    assert COUNTER.count(shown) <= room
    leaves = " ".join(text.split()) + text + json.dumps(text, ensure_ascii=False)
    if isinstance(value, str):
        assert all(atom in leaves for atom in distinct(shown))


# Log


def call(name, call_id="c", arguments="{}"):
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}],
    }


def result(text, call_id="c"):
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def log_of(*messages) -> Log:
    log = Log(COUNTER)
    for message in from_dicts(messages):
        log.append(message)
    return log


def test_an_orphaned_result_is_shown_as_text():
    log = log_of(result("lost"))
    assert (log.entries[0].message.role, log.entries[0].shown[0].role) == ("tool", "user")
    assert log.entries[0].shown[0].text == f"{ORPHAN}\nlost"
    anthropic = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "x", "content": "lost"}, {"type": "text", "text": "and?"}],
    }
    assert log_of(anthropic).entries[0].shown[0].text == f"{ORPHAN}\nlost\nand?"


def test_a_call_that_nobody_answers_gets_an_answer_when_the_talk_goes_on():
    log = log_of(call("f"), {"role": "user", "content": "never mind"})
    assert [message.text for message in log.entries[1].shown] == [UNANSWERED, "never mind"]
    assert log.safe_cuts(0, 2) == [0, 2]
    late = log_of(call("f"), {"role": "user", "content": "never mind"}, result("late"))
    assert late.entries[2].shown[0].text.startswith(ORPHAN)


def test_cuts_keep_parallel_calls_and_their_results_together():
    two = {
        "role": "assistant",
        "content": None,
        "tool_calls": [call("f", "a")["tool_calls"][0], call("g", "b")["tool_calls"][0]],
    }
    log = log_of(
        {"role": "user", "content": "x"},
        two,
        result("1", "a"),
        result("2", "b"),
        {"role": "user", "content": "y"},
        call("h", "d"),
    )
    assert log.safe_cuts(0, 6) == [0, 1, 4, 5]


def test_items_of_the_responses_interface_may_follow_each_other():
    items = [{"type": "function_call", "call_id": name, "name": "f", "arguments": "{}"} for name in "ab"]
    outputs = [{"type": "function_call_output", "call_id": name, "output": "ok"} for name in "ab"]
    log = log_of(*items, *outputs)
    assert [len(entry.shown) for entry in log.entries] == [1, 1, 1, 1]
    assert len(log.answers) == 2


# Facts and ledger


def facts(*messages):
    made = from_dicts(messages)
    return [
        fact
        for at, message in enumerate(made)
        for fact in facts_of(
            message,
            at + 1,
            question_before(made, at),
            Block("call", '{"id": "x_1"}', "get", "c") if message.results else None,
            COUNTER,
            {},
        )
    ]


def test_facts_and_where_they_go():
    made = facts(
        {"role": "user", "content": "Please fix the login of tenant_42. Thanks!"},
        {"role": "assistant", "content": "Sure! We decided to use Redis because it is there. Delete the old table?"},
        {"role": "user", "content": "Yes, go ahead."},
        result('{"id": "x_1", "port": 6379}'),
        call("edit_file", arguments='{"path": "src/app.py", "text": "..."}'),
    )
    lines = {(fact.section, fact.forms[0]) for fact in made}
    assert ("Session intent", "user: Please fix the login of tenant_42.") in lines
    assert ("Decisions", "We decided to use Redis because it is there.") in lines
    assert ("Decisions", "user: Delete the old table? -- Yes, go ahead.") in lines
    assert ("Play-by-play", "get(id=x_1) -> id=x_1 port=6379") in lines
    assert ("Artifacts", "src/app.py: modified") in lines
    assert not any("Sure!" in text or "Thanks" in text for _, text in lines)


def test_a_file_is_one_line_and_a_repeated_call_its_last():
    old = [
        Fact("Artifacts", 1, ("a.py: read",), 2, "artifact a.py"),
        Fact("Play-by-play", 2, ("get -> 1",), 1, "call get"),
    ]
    new = [
        Fact("Artifacts", 5, ("a.py: modified",), 6, "artifact a.py"),
        Fact("Play-by-play", 6, ("get -> 2",), 1, "call get"),
    ]
    assert [fact.forms[0] for fact in merge(old, new)] == ["a.py: read, modified", "get -> 2"]


def test_empty_sections_say_none():
    assert render(()).splitlines()[:4] == ["Session intent:", "None", "Decisions:", "None"]
    assert render(()).count("None") == 8


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(60, 400))
def test_a_ledger_never_exceeds_its_cap_and_rests_once_it_fits(seed, cap):
    made = facts(*random_conversation(seed, 30))
    ledger = fit(Ledger(), made, cap, COUNTER, {})
    assert COUNTER.count(ledger.text()) <= cap
    assert fit(ledger, [], cap, COUNTER, {}).facts == ledger.facts
    assert [fact.turn for fact in ledger.facts] == sorted(fact.turn for fact in ledger.facts)


def test_what_is_worth_most_stays():
    chat = [
        Fact("Play-by-play", turn, (f"went on with the thing for a while, number {turn}",), 0.1)
        for turn in range(1, 60)
    ]
    decision = Fact("Decisions", 3, ("We decided to use Redis.",), 8)
    kept = fit(Ledger(), [*chat, decision], 90, COUNTER, {})
    assert decision in kept.facts
    assert kept.evicted == 60 - len(kept.facts)


# Summarisers and their guard

TALK = from_dicts([{"role": "user", "content": f"message {n} " + "word " * 20} for n in range(8)])


def test_a_transcript_is_a_list_and_a_text():
    transcript = Transcript(TALK[:2])
    assert [message["role"] for message in transcript] == ["user", "user"]
    assert f"{transcript}".startswith("user: message 0 word")


def test_truncate_and_head_tail():
    assert TruncateSummarizer(max_chars=9)(Transcript(TALK[:2])) == "user: message 0...\nuser: message 1..."
    assert TruncateSummarizer(max_chars=9)(Transcript(TALK[:1]), "before") == "before\nuser: message 0..."
    lines = HeadTailSummarizer(2, 1)(Transcript(TALK)).split("\n")
    assert len(lines) == 4
    assert lines[2] == "... [5 messages left out] ..."


def test_the_guard():
    ledger = Ledger((Fact("Decisions", 4, ("We decided to use queue_7.",), 8),))
    source = "We decided to use queue_7. The port is 6379. " + "And so on it went for long. " * 30
    found = guarded("The port is 6379.\nThe port is 9999.", source, ledger, 100, COUNTER)
    assert found.text == "The port is 6379.\nCarried over word for word:\n- #4 We decided to use queue_7."
    assert found.notes == (
        "1 lines with values that are not in the messages were taken out",
        "1 facts that were missing were put in",
    )
    assert guarded("Only 9999 here", source, ledger, 100, COUNTER).text == ""
    assert guarded("so " * 500, "short", Ledger(), 1000, COUNTER).text == ""
    assert COUNTER.count(guarded("it went on\n" * 300, source, ledger, 60, COUNTER).text) <= 60


@pytest.mark.parametrize(
    ("summarizer", "calls"),
    [
        (lambda _messages, _previous=None: 1 / 0, 2),
        (lambda _messages, _previous=None: "", 2),
        (lambda _messages, _previous=None: None, 2),
        (lambda _messages, _previous=None: f"{_messages}" * 3, 1),
        (lambda _messages, _previous=None: "The user agreed to pay $77,777 to agent_X9.", 1),
    ],
    ids=["raises", "empty", "nothing", "inflates", "invents"],
)
def test_a_bad_summariser_changes_nothing_for_the_worse(summarizer, calls):
    from longzip import ContextCompressor

    limits = {"t_max": 1500, "t_retained": 1000, "t_summary": 300}
    talk = [{"role": "user", "content": f"We decided to use option_{n}. " + "word " * 40} for n in range(40)]
    good, bad = ContextCompressor(**limits), ContextCompressor(summarizer, **limits)
    for window in (good, bad):
        window.extend(talk)
        window.maybe_compress()
    assert bad.tokens <= 1000
    if "word word" not in bad.view()[1].text:
        assert bad.view() == good.view()
    assert "77,777" not in bad.view()[1].text
    assert bad.get_stats().summarizer_calls == calls
    assert bad.messages == talk


def test_density_covers_more_at_the_same_length():
    lines = ["alpha_1 beta_2", "alpha_1", "gamma_3 said so", "plain words and more"]
    sparse = densified(lines, 9, COUNTER, rounds=0)
    dense = densified(lines, 9, COUNTER, rounds=10)
    covered = [set().union(*(distinct(lines[at]) for at in chosen)) for chosen in (sparse, dense)]
    assert covered[0] <= covered[1]
    assert sum(COUNTER.count(lines[at]) + 1 for at in dense) <= 9


@given(
    st.lists(
        st.sampled_from(["a_1 x", "b_2 y z", "c_3", "a_1 b_2", "words only here", "d_4 c_3 a_1 long tail of it"]),
        max_size=12,
    ),
    st.integers(1, 40),
)
def test_density_never_covers_less(lines, room):
    lines = list(dict.fromkeys(lines))

    def covered(rounds):
        return len(set().union(*(distinct(lines[at]) for at in densified(lines, room, COUNTER, rounds))))

    counts = [covered(rounds) for rounds in range(5)]
    assert counts == sorted(counts)


def test_density_as_a_summariser_and_with_a_model():
    text = DensitySummarizer(room=20)(
        Transcript(from_dicts([{"role": "user", "content": "Hello! The port is 6379. It rained. Use redis_2."}]))
    )
    assert "6379" in text
    assert "redis_2" in text
    asked = []
    chain = ChainOfDensity(
        lambda _messages, _previous: "first", lambda prompt: asked.append(prompt) or f"round {len(asked)}", rounds=3
    )
    assert chain(Transcript([plain("user", "x")]), None) == "round 3"
    assert "round 2" in asked[2]


# The endpoint


class Answering(BaseHTTPRequestHandler):
    answers: ClassVar[list[tuple[int, str]]] = []
    asked: ClassVar[list[dict[str, object]]] = []

    def do_POST(self):
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, body = self.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def server():
    Answering.answers, Answering.asked = [], []
    served = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/v1"
    served.shutdown()
    thread.join()
    served.server_close()


def completion(text):
    return 200, json.dumps({"choices": [{"message": {"content": text}}]})


def test_an_endpoint_is_asked_at_temperature_zero_and_again_when_busy(server, monkeypatch):
    monkeypatch.setattr("longzip.transport.requests.FIRST_PAUSE", 0.0)
    Answering.answers = [(503, "busy"), completion("short")]
    assert OpenAICompatible(server, "m")(Transcript(TALK), "so far") == "short"
    body = Answering.asked[-1]
    assert (body["temperature"], body["model"], body["max_tokens"]) == (0, "m", 400)
    assert "so far" in body["messages"][1]["content"]
    assert "so far" not in json.dumps(OpenAICompatible(server, "m", api_key="secret").__repr__())


def test_an_endpoint_that_fails_says_so(server, monkeypatch):
    monkeypatch.setattr("longzip.transport.requests.FIRST_PAUSE", 0.0)
    Answering.answers = [(500, "")] * 3
    with pytest.raises(ModelError, match=r"chat/completions answers 500: nothing more, 3 times in a row"):
        OpenAICompatible(server, "m")(Transcript(TALK))
    Answering.answers = [(401, "no key")]
    with pytest.raises(ModelError, match="status 401"):
        OpenAICompatible(server, "m")(Transcript(TALK))
    Answering.answers = [(200, "[]")]
    with pytest.raises(ModelError, match="no chat completion"):
        OpenAICompatible(server, "m")(Transcript(TALK))
    assert "secret" not in repr(OpenAICompatible(server, "m", api_key="secret"))


def test_of_several_answers_the_most_agreed_is_taken():
    assert most_agreed(["port 1", "port_2 at a_1", "port_2 at a_1 b_3"]) == 1


# Advice


def test_a_profile_by_hand():
    talk = [{"role": "user", "content": "one two three four"}, {"role": "assistant", "content": "yes indeed"}] * 3
    found = profile(talk)
    assert (found.messages, found.turns, found.tokens, found.tool_tokens) == (6, 3, 3 * (4 + 4 + 2 + 4), 0)
    assert found.tokens_per_turn == 14.0
    assert found.peak == 42
    with pytest.raises(SourceError, match="no messages"):
        profile([])


@pytest.mark.parametrize(
    ("window", "verdict"), [(1000, "nothing to do"), (110, "not yet"), (65, "watch"), (50, "prune, then compress")]
)
def test_verdicts(window, verdict):
    talk = [{"role": "user", "content": "one two three four"}, {"role": "assistant", "content": "yes indeed"}] * 3
    assert advise(talk, window).verdict.startswith(verdict)


def test_a_longer_session_is_reckoned_with():
    talk = [{"role": "user", "content": "one two three four"}, {"role": "assistant", "content": "yes indeed"}] * 3
    assert not advise(talk, 420).over_half
    assert advise(talk, 420, turns=30).over_half


def test_advice_names_alternatives():
    talk = [{"role": "user", "content": "Which rows are late?"}]
    for number in range(8):
        talk += [
            call("query", f"c{number}"),
            result(f"order_{number} " + "word " * 100, f"c{number}"),
            {"role": "assistant", "content": f"order_{number} is late."},
        ]
    found = advise(talk, 1200)
    assert found.profile.spent > 0.3 * found.profile.tokens
    assert found.verdict.startswith("prune: ")
    assert any("pruning alone is lossless" in tip for tip in found.alternatives)


def test_the_instructions_for_a_model():
    assert all(word in COMPACTOR_SYSTEM for word in ("decision", "fact", "entity", "open question", "Do not answer"))
    assert "so far" in prompt("x", "it went on so far", 50)
    assert prompt("the messages", None, 50).startswith("Summarise")
    assert plain_messages("x")[0] == {"role": "system", "content": COMPACTOR_SYSTEM}
