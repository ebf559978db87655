"""One call for any text: what it takes for what, what it keeps, and what it says about it."""

import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import (
    BudgetTooSmall,
    Settings,
    Source,
    SourceError,
    TextOptions,
    UsageError,
    compress,
    compress_documents,
    detect,
)
from longzip.prose.marks import confirms, filler, is_listing, marks_of
from longzip.texts.findings import contradictions, origins
from longzip.texts.kinds import domain_of, reason_to_skip
from longzip.texts.layouts import Said
from longzip.texts.levels import wish
from longzip.texts.redundancy import duplicates
from tests.test_formats_prose import texts


def plain(**changes: object) -> TextOptions:
    return TextOptions(settings=replace(Settings(count_for="chars/4"), **changes))


PLAIN = plain()
FORCED = plain(force=True)
IDLE = "There are many ways to look at it, and each of them has been described at length by many people number {}. "
CHAT = "".join([
    "User: Hello there!\n",
    "Assistant: Hi! How can I help?\n",
    "User: Please build a rate limiter for our API. It must handle 500 requests per minute.\n",
    "Assistant: Sure. " + "".join(IDLE.format(word) for word in ("one", "two", "three", "four", "eight", "nine", "ten",
        "eleven")) + "\n",
    "User: ok\n",
    "Assistant: Should we use Redis?\n",
    "User: yes\n",
    "Assistant: We decided to use Redis because it is shared between workers. The migration must "
    "finish before the deploy.\n",
    "User: I get ConnectionError: connection refused on port 6379.\n",
    "Assistant: The problem was that Redis was not running. Fixed by adding it to docker-compose. "
    + "".join(IDLE.format(word) for word in ("five", "six", "seven")) + "\n",
    "User: Thanks!\n",
    "Assistant: Currently 12 of 14 tests pass. Middleware or decorator is not decided yet. Alice "
    "will write the docs by Monday.\n",
])  # fmt: skip
NOTES = """# Weekly meeting

Welcome everyone. It was good to see so many of you here today in spite of the weather.

## Storage

{idle}
We agreed to use Postgres 15 because the team knows it. MySQL was considered, \
but rejected because its JSON support is worse.
{idle}

## Next steps

- Alice will migrate the users table by Friday.
- The schema must be frozen before the migration starts.
- The budget is $12,500 until 2026-03-01.
""".format(idle="".join(IDLE.format(word) + "\n" for word in ("alpha", "beta", "gamma", "delta", "epsilon")))


def sentences_of(text: str) -> list[str]:
    """The kept parts of a result, without gap markers and speakers."""
    return [part.strip() for part in re.split(r"\[\.\.\.[^\]]*\]|\n", text) if part.strip()]


# ---------------------------------------------------------------------------------------------------------- detection


@pytest.mark.parametrize(("text", "kind"), [
    (CHAT, "conversation"),
    ("用户：你好\n助手：你好，有什么可以帮你？\n用户：修复构建\n", "conversation"),
    ("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nhello<|im_end|>\n", "conversation"),
    ("def f(x):\n    return g(x)\n\nclass A:\n    def m(self):\n        return 1\n", "code"),
    ("Findings: 40 % of users (Smith, 2020) [1], see https://a.org/x and https://b.org/y. Source: c.org\n", "research"),
    (NOTES, "document"),
    (("_**User (2026-01-28 13:42:57Z)**_\n\n" + "x = f(1);\n" * 200 + "_**Agent - side (model 2026)**_\n\nDone.\n") * 3,
        "conversation"),
    ("x = f(1);\ny = {\n" * 20, "document"),
    ("2024-01-01 10:00:00 INFO up\n2024-01-01 10:00:01 ERROR down\n2024-01-01 10:00:02 INFO up\n", "log"),
    ("tests/a.py::test_a[1] PASSED  [ 50%]\ntests/a.py::test_b[2] FAILED  [100%]\n", "log"),
    ("Just a few words about nothing.\n", "document"),
    ("", "document"),
])  # fmt: skip
def test_a_text_is_taken_for_what_it_looks_like(text, kind):
    assert detect(Source("", text)).kind == kind


def test_a_kind_can_be_said_and_names_tell_too(tmp_path):
    assert detect(Source("", CHAT), Settings(kind="document")).kind == "document"
    assert detect(Source("a.py", "x")).kind == "code"
    assert detect(Source("build.log", "x")).kind == "log"
    assert detect([Source("a.py", "x"), Source("b.md", "y")]).kind == "code"


def test_the_language_is_that_of_most_letters():
    assert detect(Source("", "我们决定使用 Redis")).language == "zh"
    assert detect(Source("", CHAT)).language == "en"


def test_what_is_a_path_and_what_a_text(tmp_path):
    place = tmp_path / "talk.txt"
    place.write_text(CHAT)
    assert compress(str(place), rate=0.3, options=PLAIN).text == compress(CHAT, rate=0.3, options=PLAIN).text
    assert compress(place, rate=0.3, options=PLAIN).digest.kind == "conversation"
    with pytest.raises(SourceError):
        compress("no/such/file.txt", rate=0.3, options=PLAIN)
    assert compress("two words", options=PLAIN).text == "two words"
    with pytest.raises(SourceError):
        compress("", options=PLAIN)


def test_messages_of_both_providers_and_json_are_conversations(tmp_path):
    openai = [
        {"role": "user", "content": "Please fix the build."},
        {"role": "assistant", "content": "We decided to pin numpy."},
    ]
    anthropic = [{"role": "user", "content": [{"type": "text", "text": "Please fix the build."}]}, openai[1]]
    expected = "user: Please fix the build.\nassistant: We decided to pin numpy.\n"
    assert compress(openai, options=PLAIN).text == expected
    assert compress(anthropic, options=PLAIN).text == expected
    for name, text in (("a.json", json.dumps({"messages": openai})), ("a.jsonl", "\n".join(map(json.dumps, openai)))):
        (tmp_path / name).write_text(text)
        assert compress(tmp_path / name, options=PLAIN).text == expected
    with pytest.raises(SourceError, match="message 2 has no role"):
        compress([openai[0], {"content": "x"}], options=PLAIN)


# -------------------------------------------------------------------------------------------------------------- marks


@pytest.mark.parametrize(("text", "mark"), [
    ("We decided to use X.", "decision"), ("Y was chosen over Z.", "decision"), ("我们决定使用 Redis。", "decision"),
    ("ValueError: bad value", "error"), ("The build fails on Windows.", "error"), ("构建失败", "error"),
    ("E   assert 1 == 2", "error"),
    ("The problem was a missing index.", "fix"), ("Fixed by pinning numpy.", "fix"), ("已修复", "fix"),
    ("A must finish before B.", "dependency"), ("It depends on the schema.", "dependency"), ("必须在发布之前完成",
        "dependency"),
    ("Alice will send the report by Friday.", "action"), ("- [ ] write docs", "action"), ("张三负责测试", "action"),
    ("Currently at version 2.3.", "state"), ("The service is now running on port 80.", "state"), ("目前已部署",
        "state"),
    ("It took 15 ms.", "number"), ("Released on 2024-05-01.", "number"), ("It costs $5.", "number"), ("版本 1.2.3",
        "number"),
    ("Please add tests.", "request"), ("请修复这个错误", "request"), ("What now?", "question"), ("Not decided yet.",
        "pending"),
])  # fmt: skip
def test_what_is_critical_is_marked(text, mark):
    assert mark in marks_of(text)


@pytest.mark.parametrize(("text", "mark"), [
    ("Should we use X?", "decision"), ("0 errors, 3 warnings", "error"), ("tests/test_error.py PASSED", "error"),
    ("status installed liberror-perl", "error"), ("There are many ways to think about it.", "action"),
    ("No numbers here.", "number"),
    ("It was cancelled due to the weather.", "action"), ("Talk to you soon.", "action"), ("It must handle the load.",
        "action"),
    ("I'm unable to tell.", "error"), ("Let me know once I should send it.", "action"),
])  # fmt: skip
def test_what_is_not_critical_is_not_marked(text, mark):
    assert mark not in marks_of(text)


def test_filler_is_a_sentence_that_is_nothing_else():
    assert filler("Hi there!", "") == "greeting"
    assert filler("你好", "") == "greeting"
    assert filler("Hi, the build fails", "") == ""
    for text in ("OK", "Got it.", "Thanks!", "ok, thanks", "好的", "明白了", "谢谢"):
        assert filler(text, "It works.") == "acknowledgement"
    assert filler("yes", "Delete the table?") == ""
    assert filler("yes", "It works.") == "acknowledgement"
    assert confirms("yes", "Should we use Redis?")
    assert not confirms("Okay.", "Yeah?")
    assert filler("Sure!", "Could you please provide the reservation number?") == "acknowledgement"
    assert filler("Hi, thanks!") == "acknowledgement"
    assert filler("Thanks all, see you next week!")


@pytest.mark.parametrize(
    "text",
    [
        "Hi " * 39 + "x#",
        "let me know if " * 8 + "!x",
        "hope you are " * 9 + "!x",
        "ok " * 39 + "9",
        "must " * 20_000,
        "x" * 100_000,
        "instead of x " * 5_000,
    ],
)
@pytest.mark.timeout(10)
def test_no_text_makes_the_cues_slow(text):
    assert filler(text) == ""
    marks_of(text)


def test_duplicates_keep_the_first_or_the_last_and_numbers_tell_apart():
    said = [
        "The cache is flushed at midnight every day.",
        "Something else.",
        "the cache is flushed at midnight, every day",
    ]
    assert duplicates(said, keep_last=False) == {2: 0}
    assert duplicates(said, keep_last=True) == {0: 2}
    assert (
        duplicates(
            ["we measured 15 ms on the small box", "we measured 25 ms on the small box"], keep_last=False, near=0.3
        )
        == {}
    )


def test_contradictions_are_other_numbers_or_a_denial():
    def pair(one: str, other: str) -> int:
        return len(contradictions([Said(one, (), source="a.org"), Said(other, (), source="b.org")]))

    assert pair("The limit of connections is 100.", "The limit of connections is 200.") == 1
    assert pair("The parser supports nested comments.", "The parser does not support nested comments.") == 1
    assert pair("The limit of connections is 100.", "The limit of connections is 100.") == 0
    assert pair("The limit of connections is 100.", "Cats sleep for 20 hours.") == 0
    same = [
        Said("The limit of connections is 100.", (), source="a.org"),
        Said("The limit of connections is 200.", (), source="a.org"),
    ]
    assert contradictions(same) == []


# ------------------------------------------------------------------------------------------------- without a question


def test_the_default_keeps_three_tenths_and_all_that_is_critical():
    result = compress(CHAT, options=PLAIN)
    assert result.report.got <= 0.35 * result.report.original_tokens
    for kept in (
        "Please build a rate limiter",
        "yes",
        "We decided to use Redis because it is shared",
        "must finish before the deploy",
        "connection refused on port 6379",
        "Fixed by adding it to docker-compose",
        "Currently 12 of 14 tests pass",
        "Alice will write the docs by Monday",
    ):
        assert kept in result.text
    for dropped in ("Hello there", "many ways", "Thanks!"):
        assert dropped not in result.text
    assert all(held == have for _mark, held, have in result.digest.retention)
    assert result.digest.quality > 0.6


def test_every_kept_sentence_is_in_the_input_in_order():
    result = compress(CHAT, options=PLAIN)
    at = 0
    for part in sentences_of(result.text):
        found = CHAT.find(part, at)
        assert found >= at, part
        at = found


def test_notes_keep_decisions_alternatives_actions_and_data_and_drop_the_opening():
    result = compress(NOTES, options=PLAIN)
    for kept in (
        "agreed to use Postgres 15",
        "rejected because",
        "Alice will migrate",
        "must be frozen before",
        "$12,500",
        "## Next steps",
    ):
        assert kept in result.text
    assert "Welcome everyone" not in result.text
    assert "many people number beta" not in result.text


def test_rows_say_what_became_of_each_unit_and_why():
    result = compress(CHAT + CHAT.splitlines()[3].replace("Assistant: Sure. ", "Assistant: ") + "\n", options=PLAIN)
    rows = result.digest.rows
    assert {row.tier for row in rows} == {"high", "medium", "low"}
    assert {row.status for row in rows} == {"kept", "dropped"}
    assert {"core", "support", "redundant", "filler"} <= {row.role for row in rows}
    assert sum(row.loss for row in rows) == pytest.approx(1, abs=0.01)
    codes = {row.code for row in rows}
    assert {"critical:decision", "critical:error", "filler:greeting", "filler:acknowledgement"} <= codes
    (duplicate,) = {row.code for row in rows if row.code.startswith("duplicate-of:")}
    assert duplicate == "duplicate-of:13"
    assert all(row.reason for row in rows)
    assert {row.section for row in rows} >= {"turn 1 (User)", "turn 2 (Assistant)"}
    lines = CHAT.splitlines()
    assert all(1 <= row.start_line <= row.end_line <= len(lines) + 1 for row in rows)


def test_the_five_steps_are_recorded_in_order():
    steps = compress(CHAT, options=PLAIN).digest.steps
    assert [step.partition(":")[0] for step in steps] == ["detect", "mark", "shorten", "verify", "present"]


def test_levels_keep_less_and_less_and_lossless_only_drops_repeats():
    sizes = [
        compress(CHAT, level=level, options=PLAIN).report.got
        for level in ("lossless", "light", "balanced", "aggressive")
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[1] > sizes[2]
    once = CHAT + "User: The cache is flushed at midnight every day.\n"
    assert compress(once, level="lossless", options=PLAIN).text == once
    twice = once + "Assistant: Right. The cache is flushed at midnight every day.\n"
    result = compress(twice, level="lossless", options=PLAIN)
    assert result.text.count("flushed at midnight") == 1
    assert all(row.status == "kept" for row in result.digest.rows if row.role != "redundant")


@pytest.mark.parametrize("floor", [0.5, 0.8, 0.95])
def test_a_target_of_quality_is_met_with_few_tokens(floor):
    result = compress(CHAT, target=f"quality>={floor}", options=PLAIN)
    assert result.digest.quality >= floor
    assert result.report.got < result.report.original_tokens


def test_the_curve_rises_to_one():
    curve = compress(CHAT, options=PLAIN).digest.curve
    assert [rate for rate, _ in curve] == sorted(rate for rate, _ in curve)
    assert [quality for _, quality in curve] == sorted(quality for _, quality in curve)
    assert curve[-1] == (1.0, pytest.approx(1.0, abs=0.05))


def test_a_second_look_where_less_than_half_would_go():
    dense = "".join(
        f"We decided to use tool number {number}00 because test {number} failed with error {number}.\n\n"
        for number in range(40)
    )
    result = compress(dense, options=plain(kind="document"))
    assert any("re-scanned" in note for note in result.report.notes)
    assert any("target unreachable" in note and "% of the text is critical" in note for note in result.report.notes)
    assert all(held == have for _mark, held, have in result.digest.retention)


def test_between_half_and_seventy_percent_there_is_no_second_look():
    result = compress(CHAT, rate=0.4, options=plain(layout="protocol"))
    assert not any("re-scanned" in note for note in result.report.notes)


@pytest.mark.parametrize(("reason", "text", "query"), [
    ("short", "Only a few words.", None),
    ("all details matter", CHAT, "All details matter, please."),
    ("all details matter", NOTES.replace("Welcome", "所有细节都很重要。Welcome"), None),
    ("legal",
        NOTES + "The licensee shall indemnify the licensor pursuant to this covenant, notwithstanding any "
                "warranty. " * 3, None),
    ("medical",
        NOTES + "The patient was prescribed antibiotics; dosage and symptoms follow, with a biopsy of renal "
                "tissue. " * 3, None),
    ("financial",
        NOTES + "EBITDA, goodwill and dividends per share are shown in the balance sheet for shareholders. " * 3, None),
])  # fmt: skip
def test_what_had_better_be_left_alone_comes_back_byte_for_byte(reason, text, query):
    result = compress(text, query, options=PLAIN)
    assert result.text == text
    assert result.digest.skipped == reason
    assert any("force" in note for note in result.report.notes)
    assert compress(text, query, options=FORCED).digest.skipped == ""


def test_a_budget_is_a_contract_even_for_what_had_better_be_left_alone():
    text = (
        NOTES
        + "The licensee shall indemnify the licensor pursuant to this covenant, notwithstanding any warranty. " * 3
    )
    result = compress(text, budget=100, options=PLAIN)
    assert result.report.got <= 100
    assert domain_of(NOTES) == ""
    assert reason_to_skip("x\n" * 60, "log", "") == ""


# --------------------------------------------------------------------------------------------------- with a question


def test_a_short_turn_is_kept_whole_and_a_long_one_in_part():
    short = "Bo: The archive is in Oslo. It is cold there. The rooms are blue.\n"
    long = "Bo: The archive is in Oslo. " + "".join(IDLE.format(number) for number in range(60)) + "\n"
    others = "".join(f"{'Al' if number % 2 else 'Bo'}: {IDLE.format(f'again {number}')}\n" for number in range(40))
    assert (
        short
        in compress(
            others + short + others, "where is the archive?", budget=60, options=plain(kind="conversation")
        ).text
    )
    text = compress(others + long + others, "where is the archive?", budget=60, options=plain(kind="conversation")).text
    assert "The archive is in Oslo." in text
    assert text.count("There are many ways") < 3


def test_two_questions_give_two_selections():
    one = compress(CHAT, "which store did we choose?", budget=70, options=PLAIN).text
    other = compress(CHAT, "who writes the docs?", budget=70, options=PLAIN).text
    assert "Alice will write the docs" in other
    assert one != other


@settings(max_examples=60, deadline=None)
@given(text=texts(), query=st.sampled_from(["", "does it work", "错误"]), budget=st.integers(5, 200),
    kind=st.sampled_from(["conversation", "document", "research", "log"]),
       layout=st.sampled_from(["plain", "protocol", "contextzip", "retrospective"]))  # fmt: skip
def test_the_budget_is_never_exceeded(text, query, budget, kind, layout):
    try:
        result = compress(Source("", text), query, budget=budget, options=plain(layout=layout, kind=kind))
    except (BudgetTooSmall, SourceError):
        return
    assert result.report.got <= budget
    assert -(-len(result.text) // 4) <= budget


@settings(max_examples=60, deadline=None)
@given(
    text=texts(),
    query=st.sampled_from(["", "does it work"]),
    budget=st.integers(5, 120),
    kind=st.sampled_from(["conversation", "document", "log"]),
)
def test_every_word_that_is_kept_stands_in_the_input_in_order(text, query, budget, kind):
    try:
        result = compress(Source("", text), query, budget=budget, options=plain(kind=kind))
    except (BudgetTooSmall, SourceError):
        return
    at = 0
    for word in re.sub(
        r"\[\.\.\.[^\]\n]*\]", " ", result.text
    ).split():  # Chinese sentences have no white space between them
        at = text.find(word, at) + len(word)
        assert at >= len(word), word


@settings(max_examples=40, deadline=None)
@given(text=texts(), kind=st.sampled_from(["conversation", "document", "log"]))
def test_a_budget_that_fits_everything_changes_nothing(text, kind):
    if text:
        assert compress(Source("", text), budget=10_000, options=plain(kind=kind)).text == text


def test_a_larger_budget_keeps_at_least_as_much():
    kept = []
    for budget in (60, 90, 140, 200):
        rows = compress(CHAT, "rate limiter redis", budget=budget, options=PLAIN).digest.rows
        kept.append(sum(row.loss for row in rows if row.status == "kept"))
    assert kept == sorted(kept)


def test_wishes_are_checked():
    for arguments in (
        {"budget": 5, "rate": 0.2},
        {"level": "tiny"},
        {"target": "quality"},
        {"target": "rate>=0.2"},
        {"rate": 3.0},
        {"budget": 0},
        {"target": "quality>=1..2"},
    ):
        with pytest.raises(UsageError):
            compress(CHAT, **arguments, options=PLAIN)
    assert wish(None, None, None, "tokens=20").budget == 20
    assert wish(None, None, None, "rate=0.2").rate == 0.2


# -------------------------------------------------------------------------------------------------------- code, logs


CODE = '''"""A shop."""
import os
import sys

# a comment that says nothing
LIMIT = 500
TABLE: dict[str, int] = {"apple": 3}


class Cart:
    """What a customer wants."""

    owner: str

    def total(self, discount: float = 0.0) -> float:
        """The sum."""
        print("debug", self)
        result = 0.0
        for item in self.items:
            result += price(item) * self.count(item)
            result -= discount * price(item)
        if result < 0:
            raise ValueError("negative")
        return result


def load(path: str) -> Cart:
    # one more
    try:
        with open(path) as file:
            text = file.read()
            rows = text.split("\\n")
            cells = [row.split(",") for row in rows]
    except OSError as error:
        raise RuntimeError(path) from error
    return Cart(rows)
''' + "\n\n".join(
    f"def helper_{number}(x: int) -> int:\n    y = x + {number}\n    z = compute(y, {number})\n    w "
    "= other(z)\n    v = w * z\n    return v * y + w\n"
    for number in range(8)
)


def test_an_outline_has_every_signature_and_parses():
    result = compress(Source("shop.py", CODE), options=PLAIN)

    def names(text):
        return {(type(node).__name__, node.name, ast.unparse(node.args) + str(node.returns
            and ast.unparse(node.returns)) if isinstance(node, ast.FunctionDef) else "")
                for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef)}  # fmt: skip

    assert names(result.text) == names(CODE)
    for kept in (
        "LIMIT = 500",
        "TABLE: dict[str, int]",
        "owner: str",
        "raise ValueError",
        "except OSError as error",
        '"""The sum."""',
        "import os\nimport sys",
    ):
        assert kept in result.text
    for dropped in ("a comment that says nothing", "one more", "debug", "\n\n\n\n"):
        assert dropped not in result.text
    assert "# [calls compute, other; returns v * y + w]" in result.text
    assert result.report.got < 0.8 * result.report.original_tokens


def test_the_outline_in_the_protocols_form():
    text = compress(Source("shop.py", CODE), options=plain(layout="protocol")).text
    assert text.startswith("CONTEXT COMPRESSOR\nType    : code file\nBefore  : ~")
    assert re.search(r"```python\n# \[COMPRESSED — original: ~\d+ lines -> now: ~\d+ lines\]\n", text)
    body = text.split("```python\n")[1].split("\n```")[0]
    ast.parse(body)


def test_code_that_nobody_can_parse_has_no_outline():
    with pytest.raises(UsageError, match="no grammar"):
        compress("x = f(1);\ny = {\n" * 20, options=plain(kind="code"))
    both = compress([Source("a.py", "def f():\n    return 1\n"), Source("b.xyz", "words")], options=PLAIN)
    assert [skipped.path for skipped in both.report.skipped] == ["b.xyz"]


def test_an_outline_that_does_not_fit_is_refused():
    with pytest.raises(BudgetTooSmall):
        compress(Source("shop.py", CODE), budget=20, options=PLAIN)


def test_code_with_a_question_is_selected_as_ever():
    result = compress(Source("shop.py", CODE), "how is the total computed?", budget=150, options=plain(model="ngram"))
    assert "def total" in result.text
    assert result.report.strategy == "default"
    assert result.report.got <= 150


LOG = (
    "".join(f"2024-01-01 10:00:{number % 60:02d} INFO read row {number}\n" for number in range(400))
    + "2024-01-01 10:07:00 ERROR cannot connect to db-7:5432\nTraceback (most recent call last):\n  "
    'File "app.py", line 7, in main\n    connect()\nConnectionRefusedError: refused\n'
    + "".join(f"2024-01-01 10:08:{number % 60:02d} WARN retry {number}\n" for number in range(100))
    + "2024-01-01 10:09:00 FATAL giving up\n"
)


def test_a_log_keeps_its_errors_and_collapses_repeats():
    for query in ("why does it fail?", None):
        result = compress(LOG, query, budget=200, options=PLAIN)
        assert "ERROR cannot connect to db-7:5432" in result.text
        assert "ConnectionRefusedError: refused" in result.text
        assert "FATAL giving up" in result.text
        assert result.text.count("read row") <= 3
        assert result.text.count("WARN retry") <= 3
        assert result.report.got <= 200


def test_a_log_without_a_question_shows_each_kind_of_line_and_errors_first():
    kinds = (
        "INFO request {0} served in {1} ms",
        "INFO request {0} served in {1} ms",
        "INFO request {0} served in {1} ms",
        "DEBUG miss {0}",
        "WARN slow {0}",
    )
    lines = [f"2024-01-01 10:00:00 {kinds[number % 5].format(number, number * 7 % 90)}\n" for number in range(2000)]
    lines[1234] = "2024-01-01 10:00:00 ERROR worker died\n"
    text = compress("".join(lines), budget=300, options=PLAIN).text
    assert "ERROR worker died" in text
    assert text.count("INFO request") <= 4


def test_the_first_and_last_of_repeated_lines_may_stay_and_the_gap_says_alike():
    result = compress(LOG, "retry", budget=160, options=PLAIN)
    assert "lines" in result.text
    assert ", alike]" in result.text


# ---------------------------------------------------------------------------------------------------------- documents


def docs():
    idle = "".join(IDLE.format(word) for word in ("one", "two", "three", "four", "five"))
    return [
        {
            "text": f"The default limit of connections in Postgres is 100. {idle}",
            "source": "https://www.pg.org/docs?x=1",
        },
        {
            "text": f"The default limit of connections in Postgres is 100. Raise it with max_connections. {idle}",
            "url": "blog.md",
        },
        {"text": f"{idle} We measured that the default limit of connections in Postgres is 200.", "source": "bench.md"},
        Source("pool.md", f"Pooling avoids the limit of connections. {idle}"),
        f"Cats sleep all day. {idle}",
    ]


def test_documents_more_sources_provenance_no_repeats_both_sides():
    query = "what is the default limit of connections in Postgres?"
    result = compress_documents(docs(), query, 140, settings=PLAIN.settings)
    assert result.report.got <= 140
    assert {excerpt.path for excerpt in result.sources} >= {"https://www.pg.org/docs?x=1", "bench.md", "pool.md"}
    assert result.text.count("Postgres is 100") == 1
    assert "is 200" in result.text
    assert "=== bench.md ===" in result.text
    texts = [item["text"] if isinstance(item, dict) else getattr(item, "text", item) for item in docs()]
    whole, cut = 0, 140 * 4
    for text in texts:
        cut -= len(text)
        whole += cut >= 0
    assert len(result.sources) > whole


@pytest.mark.parametrize("budget", range(20, 200, 12))
def test_a_contradiction_is_shown_by_both_sides_or_not_at_all(budget):
    pair = [docs()[0], docs()[2]]
    try:
        text = compress_documents(
            pair, "default limit of connections in Postgres", budget, settings=PLAIN.settings
        ).text
    except BudgetTooSmall:
        return
    assert ("Postgres is 100" in text) == ("Postgres is 200" in text)


def test_documents_may_be_objects_with_page_content_and_names_become_unique():
    class Retrieved:
        page_content = "The limit is 100 connections in Postgres."
        metadata = {"source": "a.md"}

    result = compress_documents(
        [Retrieved(), {"content": "Postgres has a limit.", "metadata": {"source": "a.md"}}],
        "limit",
        500,
        settings=PLAIN.settings,
    )
    assert [excerpt.path for excerpt in result.sources] == ["a.md", "a.md (2)"]
    for wrong in ([], [{"text": "  "}]):
        with pytest.raises(SourceError):
            compress_documents(wrong, "limit", 500, settings=PLAIN.settings)
    with pytest.raises(UsageError):
        compress_documents([{"no": 1}], "limit", 500, settings=PLAIN.settings)
    with pytest.raises(UsageError):
        compress_documents(docs(), " ", 500, settings=PLAIN.settings)


def test_sources_of_findings_are_domains():
    said = origins([Said("See https://www.x.org/a/b?c=1 for 40 %.", ())], [Source("", "")])
    assert said[0].text == "See x.org for 40 %."
    assert said[0].source == "x.org"


def test_the_same_call_gives_the_same_bytes_twice():
    for text in (CHAT, NOTES, LOG):
        assert str(compress(text, options=PLAIN)) == str(compress(text, options=PLAIN))


def test_another_process_gives_the_same_bytes():
    program = (
        "from longzip import compress, compress_documents\n"
        "from tests.test_texts import CHAT, LOG, NOTES, docs, plain\n"
        "own = plain(layout='protocol')\n"
        "for text in (CHAT, NOTES, LOG): print(compress(text, options=own), compress(text, 'redis or "
        "postgres', budget=90, options=own).text)\n"
        "print(compress_documents(docs(), 'limit of connections', 140, settings=own.settings).text)"
    )
    told = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env={**os.environ,
            "PYTHONHASHSEED": seed, "PYTHONPATH": "."}).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1
    assert len(told.pop()) > 1_000


@pytest.mark.parametrize(("line", "code"), [
    ("82→func validateFlags() error {", True), ("   404:    raise ValueError(x)", True), ("+    log.error('failed')",
        True), ('return fmt.Errorf("failed")', True),
    ("```go func run() error { return failed } ```", True), ("The import failed: no such file", False),
    ("ValueError: bad input", False),
    ("404: not found", False), ("We decided to use Postgres (version 15)", False), ("if the build fails, tell me.",
        False), ("```text ERROR: the build failed ```", False),
])  # fmt: skip
def test_code_in_a_conversation_is_no_error(line, code):
    assert ("error" in marks_of(line)) is (not code and "decided" not in line)
    assert is_listing(line) is code
