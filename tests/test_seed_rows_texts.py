"""What ContextZip (Z) and the context compressor protocol (P) promise, row by row: the test of each, or why it is not
done.

A row is done where it names a test, as "module::function"; the table itself is tested for being complete and true.
"""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from longzip import Source, Usage, compress, compress_documents
from longzip.prose.actions import action_item
from longzip.prose.marks import marks_of
from longzip.prose.overruled import overruled
from tests.test_texts import CHAT, CODE, FORCED, IDLE, LOG, NOTES, PLAIN, docs, plain

HERE = "test_seed_rows_texts"
NOT_DONE = "not done: "
ROWS: dict[str, str] = {
    "Z1": "test_texts::test_rows_say_what_became_of_each_unit_and_why",
    "Z2": f"{HERE}::test_ratio_and_retention_are_told_together",
    "Z3": f"{HERE}::test_the_report_has_tokens_and_seconds",
    "Z4": f"{HERE}::test_more_planted_facts_survive_than_with_truncation",
    "Z5": "test_texts::test_two_questions_give_two_selections",
    "Z6": "test_texts::test_every_kept_sentence_is_in_the_input_in_order",
    "Z7": f"{HERE}::test_rows_know_their_section_and_place",
    "Z8": f"{HERE}::test_roles_core_support_redundant",
    "Z9": f"{HERE}::test_roles_core_support_redundant",
    "Z10": f"{HERE}::test_roles_core_support_redundant",
    "Z11": "test_scoring_words::test_bm25_is_the_formula",
    "Z12": "test_scoring_words::test_the_passage_with_the_answer_comes_first",
    "Z13": f"{HERE}::test_what_was_of_use_weighs_more_and_can_be_reset",
    "Z14": "test_texts::test_every_kept_sentence_is_in_the_input_in_order",
    "Z15": NOT_DONE + "sentences are the smallest cut: without a parser nothing tells an aside from a condition "
    '("(only on Windows)"), so a clause taken out can change what the rest says',
    "Z16": f"{HERE}::test_a_gap_marker_lists_the_values_that_it_hides_when_asked",
    "Z17": "test_texts::test_rows_say_what_became_of_each_unit_and_why",
    "Z18": f"{HERE}::test_a_probe_of_ones_own_measures_what_is_lost",
    "Z19": "test_texts::test_the_curve_rises_to_one",
    "Z20": "test_texts::test_a_target_of_quality_is_met_with_few_tokens",
    "Z21": f"{HERE}::test_a_document_of_a_hundred_thousand_tokens_in_one_call",
    "Z22": f"{HERE}::test_early_turns_go_and_recent_ones_stay",
    "Z23": f"{HERE}::test_early_turns_go_and_recent_ones_stay",
    "Z24": "test_texts::test_documents_more_sources_provenance_no_repeats_both_sides",
    "Z25": f"{HERE}::test_more_answers_than_the_first_documents_have",
    "Z26": f"{HERE}::test_prose_needs_no_model_library_and_no_framework",
    "Z27": "test_cli_texts::test_the_output_of_a_program_is_piped_in",
    "Z28": "test_texts::test_messages_of_both_providers_and_json_are_conversations",
    "Z29": "test_texts::test_levels_keep_less_and_less_and_lossless_only_drops_repeats",
    "Z30": "test_texts::test_levels_keep_less_and_less_and_lossless_only_drops_repeats",
    "Z31": "test_texts::test_rows_say_what_became_of_each_unit_and_why",
    "Z32": "test_texts::test_rows_say_what_became_of_each_unit_and_why",
    "Z33": f"{HERE}::test_the_contextzip_layout",
    "Z34": f"{HERE}::test_greetings_acknowledgements_and_repeats_go",
    "Z35": "test_texts::test_duplicates_keep_the_first_or_the_last_and_numbers_tell_apart",
    "Z36": f"{HERE}::test_the_contextzip_layout",
    "Z37": f"{HERE}::test_the_question_is_not_answered",
    "Z38": "test_texts::test_a_log_keeps_its_errors_and_collapses_repeats",
    "Z39": f"{HERE}::test_savings_by_kind_are_measured_and_published",
    "P1": "test_texts::test_the_default_keeps_three_tenths_and_all_that_is_critical",
    "P2": f"{HERE}::test_density_of_critical_units_rises",
    "P3": "test_texts::test_the_five_steps_are_recorded_in_order",
    "P4": "test_texts::test_a_text_is_taken_for_what_it_looks_like",
    "P5": "test_texts::test_a_text_is_taken_for_what_it_looks_like",
    "P6": "test_texts::test_a_text_is_taken_for_what_it_looks_like",
    "P7": "test_texts::test_a_text_is_taken_for_what_it_looks_like",
    "P8": f"{HERE}::test_critical_units_are_never_discarded",
    "P9": f"{HERE}::test_critical_units_are_never_discarded",
    "P10": f"{HERE}::test_critical_units_are_never_discarded",
    "P11": f"{HERE}::test_critical_units_are_never_discarded",
    "P12": f"{HERE}::test_critical_units_are_never_discarded",
    "P13": f"{HERE}::test_the_newest_status_wins",
    "P14": "test_texts::test_filler_is_a_sentence_that_is_nothing_else",
    "P15": "test_texts::test_filler_is_a_sentence_that_is_nothing_else",
    "P16": f"{HERE}::test_of_repeated_explanations_the_latest_stays",
    "P17": f"{HERE}::test_an_overruled_proposal_goes_and_what_overruled_it_stays",
    "P18": f"{HERE}::test_what_the_user_asks_for_stays",
    "P19": f"{HERE}::test_a_reason_travels_with_its_decision",
    "P20": "test_texts::test_the_default_keeps_three_tenths_and_all_that_is_critical",
    "P21": f"{HERE}::test_the_summary_of_a_conversation",
    "P22": f"{HERE}::test_the_summary_of_a_conversation",
    "P23": f"{HERE}::test_the_summary_of_a_conversation",
    "P24": f"{HERE}::test_the_summary_of_a_conversation",
    "P25": f"{HERE}::test_the_newest_status_wins",
    "P26": f"{HERE}::test_nothing_pending_no_such_line",
    "P27": "test_texts::test_an_outline_has_every_signature_and_parses",
    "P28": f"{HERE}::test_an_outline_has_no_two_blank_lines_and_no_debug_prints",
    "P29": NOT_DONE + "imports are joined to one block (merge_imports), not rewritten to one line for each package: "
    "lines stay word for word",
    "P30": f"{HERE}::test_an_outline_has_no_two_blank_lines_and_no_debug_prints",
    "P31": "test_texts::test_an_outline_has_every_signature_and_parses",
    "P32": "test_texts::test_an_outline_has_every_signature_and_parses",
    "P33": "test_texts::test_an_outline_has_every_signature_and_parses",
    "P34": "test_texts::test_an_outline_has_every_signature_and_parses",
    "P35": "test_texts::test_an_outline_has_every_signature_and_parses",
    "P36": "test_texts::test_the_outline_in_the_protocols_form",
    "P37": f"{HERE}::test_the_summary_of_research",
    "P38": f"{HERE}::test_the_summary_of_research",
    "P39": "test_texts::test_sources_of_findings_are_domains",
    "P40": f"{HERE}::test_the_summary_of_research",
    "P41": f"{HERE}::test_critical_units_are_never_discarded",
    "P42": f"{HERE}::test_primary_findings_weigh_more",
    "P43": "test_texts::test_a_contradiction_is_shown_by_both_sides_or_not_at_all",
    "P44": f"{HERE}::test_the_summary_of_research",
    "P45": f"{HERE}::test_the_summary_of_research",
    "P46": f"{HERE}::test_the_summary_of_research",
    "P47": f"{HERE}::test_the_summary_of_research",
    "P48": f"{HERE}::test_the_summary_of_research",
    "P49": f"{HERE}::test_the_summary_of_research",
    "P50": "test_texts::test_notes_keep_decisions_alternatives_actions_and_data_and_drop_the_opening",
    "P51": f"{HERE}::test_of_repeated_explanations_the_latest_stays",
    "P52": "test_texts::test_notes_keep_decisions_alternatives_actions_and_data_and_drop_the_opening",
    "P53": "test_texts::test_notes_keep_decisions_alternatives_actions_and_data_and_drop_the_opening",
    "P54": f"{HERE}::test_action_items_are_told_as_who_what_when",
    "P55": "test_texts::test_notes_keep_decisions_alternatives_actions_and_data_and_drop_the_opening",
    "P56": "test_texts::test_notes_keep_decisions_alternatives_actions_and_data_and_drop_the_opening",
    "P57": f"{HERE}::test_the_verification_block",
    "P58": f"{HERE}::test_the_verification_block",
    "P59": "test_texts::test_a_second_look_where_less_than_half_would_go",
    "P60": f"{HERE}::test_the_second_look_spares_only_what_matters_most",
    "P61": f"{HERE}::test_a_long_example_becomes_one_line",
    "P62": "test_texts::test_a_second_look_where_less_than_half_would_go",
    "P63": f"{HERE}::test_every_output_starts_with_the_header",
    "P64": "test_texts::test_what_had_better_be_left_alone_comes_back_byte_for_byte",
    "P65": "test_texts::test_what_had_better_be_left_alone_comes_back_byte_for_byte",
    "P66": "test_texts::test_what_had_better_be_left_alone_comes_back_byte_for_byte",
    "P67": "test_texts::test_what_had_better_be_left_alone_comes_back_byte_for_byte",
    "P68": f"{HERE}::test_what_is_critical_and_does_not_fit_is_told",
    "P69": "test_texts::test_a_contradiction_is_shown_by_both_sides_or_not_at_all",
    "P70": f"{HERE}::test_every_output_starts_with_the_header",
    "P71": f"{HERE}::test_entries_of_a_ledger_stay_entries",
    "P72": f"{HERE}::test_the_retrospective_layout",
    "P73": f"{HERE}::test_the_templates_in_chinese",
    "P74": f"{HERE}::test_the_skill_is_shipped_and_names_its_triggers",
    "P75": f"{HERE}::test_the_worked_example_of_a_rate_limiter",
}
LAID_OUT = plain(layout="protocol")


@cache
def functions(module: str) -> frozenset[str]:
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_row_has_its_line():
    assert list(ROWS) == [*(f"Z{number}" for number in range(1, 40)), *(f"P{number}" for number in range(1, 76))]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_a_test_that_exists_or_says_why_it_is_not_done(row):
    entry = ROWS[row]
    if entry.startswith(NOT_DONE):
        assert len(entry) > len(NOT_DONE) + 20
        return
    module, _, name = entry.partition("::")
    assert name in functions(module)


# ---------------------------------------------------------------------------------------------------------- ContextZip


def test_ratio_and_retention_are_told_together():
    result = compress(CHAT, options=PLAIN)
    assert result.report.ratio > 3
    assert {mark: held / have for mark, held, have in result.digest.retention} == dict.fromkeys(
        [mark for mark, *_ in result.digest.retention], 1.0
    )


def test_the_report_has_tokens_and_seconds():
    report = compress(CHAT, options=PLAIN).report
    assert report.original_tokens > report.got > 0
    assert report.seconds > 0
    assert [stage.name for stage in report.stages] == ["read", "select"]


def test_more_planted_facts_survive_than_with_truncation():
    facts = [f"We decided to use port {8000 + number} for service {number}." for number in range(10)]
    lines = [
        f"Speaker: {IDLE.format('x' * (number % 7) + str(number))}{facts[number // 10] if number % 10 == 5 else ''}"
        for number in range(100)
    ]
    text = "\n".join(f"{'User' if number % 2 else 'Assistant'}{line[7:]}" for number, line in enumerate(lines)) + "\n"
    result = compress(text, rate=0.3, options=PLAIN)
    size = len(result.text)

    def kept(shown: str) -> int:
        return sum(fact in shown for fact in facts)

    assert kept(result.text) == 10
    for baseline in (text[:size], text[-size:], text[: size // 2] + text[-size // 2 :]):
        assert kept(baseline) < 5


def test_rows_know_their_section_and_place():
    rows = compress(NOTES, options=PLAIN).digest.rows
    assert {row.section for row in rows} == {"Weekly meeting", "Storage", "Next steps"}
    lines = NOTES.splitlines()
    decision = next(row for row in rows if "decision" in row.marks)
    assert "Postgres 15" in lines[decision.start_line - 1]


def test_roles_core_support_redundant():
    text = NOTES + "\nThe schema must be frozen before the migration starts.\n"
    roles = {row.role for row in compress(text, options=PLAIN).digest.rows}
    assert roles >= {"core", "support", "redundant", "background"}
    twin = compress(text, options=PLAIN).digest.rows[-1]
    assert twin.role == "redundant"
    original = int(twin.code.removeprefix("duplicate-of:"))
    assert "frozen before the migration" in text.splitlines()[original - 1]


def test_what_was_of_use_weighs_more_and_can_be_reset(tmp_path):
    sentence = "The garden of the office was in bloom."
    usage = Usage().used([sentence] * 20)
    usage.save(tmp_path / "usage.json")
    learned = Usage.load(tmp_path / "usage.json")
    assert learned == usage
    assert Usage.load(tmp_path / "none.json") == Usage()

    def value(known: Usage) -> float:
        text = NOTES.split("## Next steps")[0] + f"\n{sentence}\n"
        (row,) = [
            row
            for row in compress(text, options=replace(FORCED, usage=known)).digest.rows
            if row.role != "redundant" and sentence in text.splitlines()[row.start_line - 1]
        ]
        return row.value

    assert value(learned) == pytest.approx(value(Usage()) + 2.0, abs=0.01)


def test_a_probe_of_ones_own_measures_what_is_lost():
    seen = []

    def probe(context: str) -> float:
        seen.append(len(context))
        return sum(word in context for word in ("Postgres 15", "Friday", "12,500"))

    result = compress(NOTES, target="quality>=1.0", options=replace(PLAIN, probe=probe))
    assert probe(result.text) == 3
    assert result.report.got < result.report.original_tokens / 2
    assert seen[0] == max(seen)
    assert any("probed" in note for note in result.report.notes)


def test_a_document_of_a_hundred_thousand_tokens_in_one_call():
    filler = "".join(IDLE.format(f"item {number}") + ("\n\n" if number % 5 == 0 else "") for number in range(4000))
    text = filler[: len(filler) // 2] + "\n\nThe licence key of the vault is 7f3a-19.\n\n" + filler[len(filler) // 2 :]
    assert len(text) / 4 > 100_000
    result = compress(
        Source("", text), "what is the licence key of the vault?", budget=1_000, options=plain(kind="document")
    )
    assert "7f3a-19" in result.text
    assert result.report.got <= 1_000


def test_early_turns_go_and_recent_ones_stay():
    text = (
        "User: Please port the parser to Rust.\n"
        + "".join(f"Assistant: {IDLE.format(number)}\n" for number in range(60))
        + "User: The lexer is what I mean to look at next, as ever.\n"
    )
    result = compress(text, options=plain(force=True))
    assert "Please port the parser to Rust." in result.text
    assert "The lexer is what I mean to look at next" in result.text
    assert sum(f"people number {number}." in result.text for number in range(20)) < 15


def test_more_answers_than_the_first_documents_have():
    result = compress_documents(docs(), "limit of connections in Postgres", 140, settings=PLAIN.settings)
    joined = "\n".join(item["text"] if isinstance(item, dict) else getattr(item, "text", str(item)) for item in docs())[
        : 140 * 4
    ]
    answers = ("is 100", "max_connections", "is 200", "Pooling")
    assert sum(answer in result.text for answer in answers) > sum(answer in joined for answer in answers)


def test_prose_needs_no_model_library_and_no_framework():
    program = (
        "import sys, longzip\n"
        "text = 'User: We decided to use Redis. ' * 100\n"
        "longzip.compress(longzip.Source('', text), rate=0.3, "
        "options=longzip.TextOptions(settings=longzip.Settings(count_for='chars/4', "
        "kind='conversation')))\n"
        "print(sorted({'torch', 'transformers', 'requests', 'openai', 'fastapi'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_contextzip_layout():
    result = compress(CHAT, options=plain(layout="contextzip"))
    titles = re.findall(r"^([A-Z][\w ]+):", result.text.split("\n\n", 1)[1], re.M)
    assert titles[:6] == ["Task", "Context", "Constraints", "Known Facts", "Open Issues", "Compression Estimate"]
    assert "Task: Please build a rate limiter for our API." in result.text
    assert "- We decided to use Redis because it is shared between workers." in result.text
    assert re.search(r"Compression Estimate: \d\d% \([\d,]+ tokens\)", result.text)


def test_greetings_acknowledgements_and_repeats_go():
    text = compress(CHAT, options=PLAIN).text
    assert not re.search(r"Hello|Hi!|Thanks|: ok", text)


def test_the_question_is_not_answered():
    result = compress(CHAT, "who writes the docs?", budget=80, options=PLAIN)
    words = re.sub(r"\[\.\.\.[^\]]*\]", " ", result.text).split()
    source = iter(CHAT.split())
    assert all(word in source for word in words)


# ------------------------------------------------------------------------------------------------------- the protocol


def test_density_of_critical_units_rises():
    result = compress(CHAT, options=PLAIN)
    critical = sum(have for _mark, _held, have in result.digest.retention)
    kept = sum(held for _mark, held, _have in result.digest.retention)
    assert kept / result.report.got > 2 * critical / result.report.original_tokens


@pytest.mark.parametrize("sentence", [
    "We decided to use X because it is small.", "Y was chosen.", "The build failed with a KeyError.", "The root cause was a stale cache.",
    "Latency fell to 15 ms.", "The release is on 2026-03-01.", "Version 2.3.1 is out.", "The bill was $1,200.",
    "Migration A must finish before job B starts.", "Alice will write the report by Friday.", "The service is currently running on node seven.",
])  # fmt: skip
def test_critical_units_are_never_discarded(sentence):
    text = NOTES.replace("## Next steps", f"{sentence}\n\n## Next steps")
    for level in ("light", "balanced"):
        assert sentence in compress(text, level=level, options=PLAIN).text


def test_the_newest_status_wins():
    text = CHAT.replace("Please build", "The status is currently red. Please build")
    assert "Current status: Currently 12 of 14 tests pass." in compress(text, options=LAID_OUT).text
    idle = "User: Hello.\n" + "".join(f"Assistant: {IDLE.format(number)}\n" for number in range(20))
    assert "Current status: unknown" in compress(idle, options=LAID_OUT).text


def test_of_repeated_explanations_the_latest_stays():
    said = "The cache is flushed at midnight by a job on the main server."
    text = f"User: Please explain the cache.\nAssistant: {said}\n" + CHAT + f"Assistant: {said}\n"
    rows = [
        row
        for row in compress(text, options=PLAIN).digest.rows
        if said in text.splitlines()[row.start_line - 1] and row.section.startswith("turn")
    ]
    first, last = min(rows, key=lambda row: row.start_line), max(rows, key=lambda row: row.start_line)
    assert any(row.code == f"duplicate-of:{last.start_line}" for row in rows if row.start_line == first.start_line)
    assert not any(row.role == "redundant" for row in rows if row.start_line == last.start_line)


@pytest.mark.parametrize(("proposal", "ruling"), [
    ("Let's use MongoDB because the schema is loose.", "We decided against MongoDB because joins are needed, so it is Postgres."),
    ("We could use MongoDB since it scales.", "We will go with Postgres instead of MongoDB."),
    ("Let's go with MongoDB, the team knows it.", "No, let's use Postgres."),
    ("我们用 MongoDB，因为结构灵活。", "放弃 MongoDB，改用 Postgres。"),
])  # fmt: skip
def test_an_overruled_proposal_goes_and_what_overruled_it_stays(proposal, ruling):
    turns = [
        "User: Please choose a store.",
        f"Assistant: {proposal}",
        f"User: {IDLE.format('a')}",
        f"User: {ruling}",
        *(f"{'User' if number % 2 else 'Assistant'}: {IDLE.format(number)}" for number in range(30)),
    ]
    result = compress("\n".join(turns) + "\n", options=plain(force=True))
    assert proposal not in result.text
    assert ruling in result.text
    (row,) = [row for row in result.digest.rows if row.code == "overruled-by:4"]
    assert (row.start_line, row.status) == (2, "dropped")


@pytest.mark.parametrize(("proposal", "later"), [
    ("Let's use MongoDB because the schema is loose.", "We will go with Postgres for the ledger."),
    ("We decided to use MongoDB.", "Should we use Postgres instead of MongoDB?"),
    ("We measured 15 ms with MongoDB.", "We ruled out MongoDB."),
])  # fmt: skip
def test_what_nobody_set_aside_is_not_overruled(proposal, later):
    assert overruled([proposal, later], [marks_of(proposal), marks_of(later)]) == {}


def test_what_the_user_asks_for_stays():
    text = (
        CHAT
        + "User: Please also add a test for the window.\n"
        + "".join(f"Assistant: {IDLE.format(f'late {number}')}\n" for number in range(20))
    )
    assert "Please also add a test for the window." in compress(text, options=PLAIN).text


def test_a_reason_travels_with_its_decision():
    text = CHAT.replace(
        "We decided to use Redis because it is shared between workers.",
        "We decided to use Redis. Because workers share it.",
    )
    result = compress(text, options=PLAIN)
    assert "We decided to use Redis. Because workers share it." in result.text


def test_the_summary_of_a_conversation():
    text = compress(CHAT, options=LAID_OUT).text
    body = text.split("\n\n")[1].splitlines()
    assert body[0] == f"[CONVERSATION SUMMARY — 12 messages -> {len(body) - 1} lines]"
    assert body[1] == "Context: Please build a rate limiter for our API."
    decisions = body[body.index("Decisions:") + 1 :]
    assert "- We decided to use Redis because it is shared between workers." in decisions
    assert "Current status: Currently 12 of 14 tests pass." in body
    assert body[body.index("Pending:") + 1] == "- Middleware or decorator is not decided yet."


def test_nothing_pending_no_such_line():
    assert (
        "Pending:"
        not in compress(CHAT.replace("Middleware or decorator is not decided yet. ", ""), options=LAID_OUT).text
    )


def test_an_outline_has_no_two_blank_lines_and_no_debug_prints():
    text = compress(
        Source("shop.py", CODE.replace("result = 0.0", 'print("debug", 1)\n        result = 0.0')), options=PLAIN
    ).text
    assert "\n\n\n" not in text
    assert "print(" not in text
    ast.parse(text)


def test_the_summary_of_research():
    found = [
        *docs()[:3],
        Source("pool.md", "Pooling avoids the limit of connections.\n\n" + IDLE.format("one") * 2),
        Source("hedge.md", "It is unclear whether the limit of connections in Postgres can be lifted."),
    ]
    result = compress(
        found,
        "limit of connections in Postgres, replication",
        rate=0.25,
        options=plain(layout="protocol", kind="research"),
    )
    lines = result.text.split("\n\n", 1)[1].splitlines()
    items = [line for line in lines[lines.index("Key findings:") + 1 : lines.index("Contradictions:")] if line]
    assert lines[0] == f"[RESEARCH SUMMARY — 5 sources -> {len(items)} items]"
    assert lines[1] == "Topic: limit of connections in Postgres, replication"
    assert all(re.search(r" \(Source: [^)]+\)$", item) for item in items)
    assert "- Raise it with max_connections. (Source: blog.md)" in items
    assert not any("many people number five" in item for item in items)
    assert (
        "- pg.org says: The default limit of connections in Postgres is 100. / bench.md says: We "
        "measured that the default limit of connections in Postgres is 200." in lines
    )
    missing = lines[lines.index("Missing / unverified:") + 1 :]
    assert missing[0] == "- It is unclear whether the limit of connections in Postgres can be lifted."
    assert missing[1] == "- nothing found on: replication"


def test_primary_findings_weigh_more():
    def value(said: str) -> float:
        text = NOTES.replace("## Next steps", f"In the end, {said} came to the same.\n\n## Next steps")
        (row,) = [
            row
            for row in compress(text, options=plain(kind="research")).digest.rows
            if said in text.splitlines()[row.start_line - 1]
        ]
        return row.value

    assert value("an official study") > value("a green parrot") + 0.5


def test_the_verification_block():
    text = compress(CHAT, options=LAID_OUT).text
    assert re.search(
        r"\n\nOriginal size   : ~\d+ words\nCompressed size : ~\d+ words\nCompression     : ~\d+% "
        r"reduction\n\nTarget: 70% \[Achieved\]\n$",
        text,
    )
    assert "Target: 70% [Below target]" in compress(NOTES, rate=0.6, options=LAID_OUT).text
    assert re.search(r"Original size   : ~\d+ lines\n", compress(LOG, options=LAID_OUT).text)


def test_the_second_look_spares_only_what_matters_most():
    dense = "".join(
        f"The run took {number}5 ms in the case of input {number} on the small machine.\n\n" for number in range(40)
    )
    result = compress(dense + "We decided to keep it.\n", options=plain(kind="document"))
    assert any("re-scanned" in note for note in result.report.notes)
    assert result.report.got < 0.5 * result.report.original_tokens
    assert "We decided to keep it." in result.text


def test_a_gap_marker_lists_the_values_that_it_hides_when_asked():
    text = NOTES.replace(
        "## Next steps",
        "The old box db-7 had 96 GB and ran /opt/store/run.sh at night. " + IDLE.format("x") + "\n\n## Next steps",
    )
    shown = compress(text, "who writes the schema?", rate=0.15, options=plain(marker="{range}{values}")).text
    markers = re.findall(r"\[\.\.\. ([^\]]*)\]", shown)
    assert "/opt/store/run.sh" not in re.sub(r"\[\.\.\.[^\]]*\]", "", shown)
    (telling,) = [marker for marker in markers if "/opt/store/run.sh" in marker]
    assert re.match(r"\d+(?:-\d+)?: ", telling)
    values = telling.partition(": ")[2].removesuffix(" more").split(", ")
    assert all(value in text for value in values[:6])


@pytest.mark.parametrize(("said", "parts"), [
    ("Alice will write the docs by Monday.", ("Alice", "write the docs", "by Monday")),
    ("- [ ] Dana to send the report", ("Dana", "send the report", "")),
    ("The infra team must rotate the keys next week.", ("The infra team", "rotate the keys", "next week")),
    ("张三负责测试，周五前完成。", ("张三", "测试", "周五前完成")),
    ("It will break everything tomorrow.", None), ("The build is broken.", None),
])  # fmt: skip
def test_an_action_item_has_parts(said, parts):
    found = action_item(said)
    assert (None if found is None else (found.who, found.what, found.when)) == parts


def test_action_items_are_told_as_who_what_when():
    assert "Actions:\n- Alice — write the docs — by Monday\n" in compress(CHAT, options=LAID_OUT).text + "\n"
    notes = NOTES + "\nBob will move the archive to Oslo by 2024-06-01.\n"
    (item,) = [item for item in compress(notes, options=FORCED).digest.actions if item.who == "Bob"]
    assert str(item) == "Bob — move the archive to Oslo — by 2024-06-01"
    assert notes.splitlines()[item.line - 1].startswith("Bob will move")


def test_savings_by_kind_are_measured_and_published():
    scripts = str(Path(__file__).parent.parent / "scripts")
    program = (
        f"import sys; sys.path.insert(0, {scripts!r})\n"
        "import measure_savings as m\n"
        "from longzip import Settings, Source\n"
        "from tests.test_texts import CHAT\n"
        "one = m.measured(Source('', CHAT), Settings())\n"
        "print(one.gone > 0.5, one.kept, m.measured(Source('', 'Too short.'), Settings()).skipped)\n"
        "print(m.row('chats', [m.Measured(0.5, 1.0, ''), m.Measured(0.7, 0.5, ''), m.Measured(0.0, 1.0, 'short')]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True 1.0 short\n| chats | 3 | 1 | 60% | 52% to 68% | 75% |\n"
    published = (Path(__file__).parent.parent / "benchmarks/RESULTS.md").read_text(encoding="utf-8")
    for kind in (
        "meetings",
        "talk of friends",
        "runs of a tool-calling agent",
        "sessions of coding agents",
        "documents",
        "logs",
    ):
        assert re.search(rf"^\| {kind}[^|]*\|(?: [\d%to ]+\|){{5}}$", published, re.M), kind


def test_a_long_example_becomes_one_line():
    example = "```sql\n" + "".join(f"SELECT column_{number}\n" for number in range(42)) + "```\n\n"
    text = NOTES.replace("## Next steps", example + "## Next steps")
    result = compress(text, options=PLAIN)
    assert "SELECT" not in result.text
    assert re.search(r"\[\.\.\. \d+-\d+\]", result.text)


def test_every_output_starts_with_the_header():
    for text, kind in (
        (CHAT, "conversation history"),
        (NOTES, "meeting notes / document"),
        (LOG, "log"),
        (CODE, "code file"),
    ):
        shown = str(compress(text, options=plain(force=True)))
        assert re.match(
            rf"CONTEXT COMPRESSOR\nType    : {kind}\nBefore  : ~[\d,]+ (?:words|lines)\nAfter   : "
            r"~[\d,]+ (?:words|lines)\nSaving  : ~-?\d+% reduction\n\n",
            shown,
        )


def test_what_is_critical_and_does_not_fit_is_told():
    result = compress(CHAT, budget=40, options=PLAIN)
    assert result.report.got <= 40
    assert any("critical, but outside the budget" in note for note in result.report.notes)
    assert any(row.code.startswith("over-budget:") for row in result.digest.rows)


def test_entries_of_a_ledger_stay_entries():
    entries = [
        f"- [2026-01-{day:02d}] E{day}: "
        f"{'We decided to use tool ' + str(day) if day % 5 == 0 else 'talked for a while about this and that and the other'}\n"
        for day in range(1, 29)
    ]
    result = compress("".join(entries), rate=0.4, options=plain(force=True, kind="document"))
    kept = [line + "\n" for line in result.text.splitlines() if line.startswith("- ")]
    assert kept == [entry for entry in entries if entry in kept]
    assert all(entry in kept for entry in entries if "decided" in entry)


def test_the_retrospective_layout():
    text = compress(CHAT, options=plain(layout="retrospective")).text
    body = text.split("\n\n")[1]
    assert re.findall(r"^([A-Z][\w ]+):", body, re.M) == [
        "Requests",
        "Decisions",
        "Errors and fixes",
        "Outcomes",
        "Timeline",
    ]
    assert "- Fixed by adding it to docker-compose." in body


CHINESE = "".join([
    "用户：你好\n", "助手：你好，有什么可以帮你？\n", "用户：请给接口加上限流，每分钟最多500次请求。\n",
    "助手：好的。" + "这个问题有很多种看法，大家已经讨论过很多遍，这里不再一一说明其中的细节。" * 2 + "关于背景还可以说很多，比如历史和各种工具的比较，不过都不重要。" * 2 + "\n",
    "助手：我们决定使用 Redis，因为多个进程可以共享。\n", "用户：报错：连接失败，端口 6379。\n", "助手：原因是 Redis 没有启动，已修复。\n",
    "助手：" + "还有一些关于容器和网络的一般说明，读者可以自己去看文档，这里只是随便提一提而已。" * 2 + "另外有人问起过别的方案，但是说来话长，以后有机会再慢慢聊吧朋友们。\n",
    "用户：谢谢\n", "助手：目前14个测试中有12个通过。中间件还是装饰器尚未决定。\n",
])  # fmt: skip


def test_the_templates_in_chinese():
    text = compress(CHINESE, options=plain(layout="protocol", force=True)).text
    assert re.match(
        r"CONTEXT COMPRESSOR\n类型    : 对话历史\n压缩前  : 约\d+个单词\n压缩后  : 约\d+个单词\n节省占比: "
        r"约-?\d+%的缩减比例\n\n\[对话总结 — 原10条消息 → 现\d+行\]\n上下文： 请给接口加上限流",
        text,
    )
    for part in (
        "决策：\n- 我们决定使用 Redis，因为多个进程可以共享。",
        "当前状态： 目前14个测试中有12个通过。",
        "待处理：\n- 中间件还是装饰器尚未决定。",
    ):
        assert part in text
    assert re.search(
        r"原始大小   : 约\d+个单词\n压缩后大小 : 约\d+个单词\n压缩率     : 约-?\d+%的缩减比例\n\n目标:70% \[(?:已达成|未达成)\]\n$",
        text,
    )
    research = compress(docs(), "limit", rate=0.3, options=plain(layout="protocol", language="zh", force=True)).text
    assert re.search(r"\[研究总结 — 原5个来源 → 现\d+项内容\]\n主题：limit\n\n关键发现：\n", research)
    assert "（来源：" in research
    code = compress(Source("a.py", CODE), options=plain(layout="protocol", language="zh")).text
    assert re.search(r"# \[已压缩 — 原约\d+行 → 现约\d+行\]", code)


def test_the_skill_is_shipped_and_names_its_triggers():
    import longzip

    text = (Path(longzip.__file__).parent / "SKILL.md").read_text(encoding="utf-8")
    assert text.startswith("---\nname: longzip\ndescription: ")
    for trigger in (
        "context window fills up",
        "before loading large files",
        "between the steps",
        "summarise, compress, reduce context or save tokens",
    ):
        assert trigger in text


def test_the_worked_example_of_a_rate_limiter():
    turns = [
        "User: Hi!", "Assistant: Hello! How can I help?", "User: I need a rate limiter for a FastAPI service.", f"Assistant: {IDLE.format('a')}{IDLE.format('b')}",
        "User: ok", f"Assistant: {IDLE.format('c')}", "User: Which algorithm?", "Assistant: We decided to use a sliding window because bursts at the edges are cut.",
        *(f"{'Assistant' if number % 2 else 'User'}: {IDLE.format(f'more {number}')}" for number in range(28)),
        "Assistant: The storage was chosen: Redis 7.2, with a limit of 100 requests per minute.", "User: Got it, thanks!",
        "Assistant: FastAPI middleware vs decorator is not decided.", "User: ok",
    ]  # fmt: skip
    assert len(turns) == 40
    result = compress("\n".join(turns) + "\n", options=LAID_OUT)
    assert "[CONVERSATION SUMMARY — 40 messages -> " in result.text
    assert "Context: I need a rate limiter for a FastAPI service." in result.text
    assert "Pending:\n- FastAPI middleware vs decorator is not decided." in result.text
    assert "Target: 70% [Achieved]" in result.text
