"""What each row of the specification is shown by: the rows of the library (A) and of the pattern (M).

A row names a test of this folder, or says in one line why it is not done.
"""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NOT_DONE = "not done: "
W, P, C, L = "test_conversation_window", "test_conversation_promises", "test_conversation_parts", "test_cli_chat"
S, T = "test_conversation_strategies", "test_conversation_speech"
ROWS: dict[str, str] = {
    "A1": f"{W}::test_a_saved_window_goes_on_where_it_was",
    "A2": f"{P}::test_the_work_is_linear",
    "A3": f"{P}::test_each_message_is_summarised_once",
    "A4": f"{W}::test_a_saved_window_goes_on_where_it_was",
    "A5": f"{P}::test_the_work_is_linear",
    "A6": f"{W}::test_the_quick_start_of_the_library",
    "A7": f"{W}::test_the_quick_start_of_the_library",
    "A8": f"{W}::test_the_quick_start_of_the_library",
    "A9": f"{P}::test_the_bounds_and_the_pairs_hold_over_random_conversations",
    "A10": f"{P}::test_the_bounds_and_the_pairs_hold_over_random_conversations",
    "A11": f"{W}::test_the_summary_counts_and_keeps_its_cap",
    "A12": f"{W}::test_the_quick_start_of_the_library",
    "A13": f"{P}::test_a_second_look_changes_nothing",
    "A14": f"{W}::test_the_quick_start_of_the_library",
    "A15": "test_exports::test_every_public_name_can_be_had",
    "A16": f"{W}::test_the_statistics_have_the_names_of_the_library",
    "A17": f"{W}::test_reset_forgets_everything_but_the_limits",
    "A18": f"{C}::test_truncate_and_head_tail",
    "A19": f"{W}::test_the_role_of_the_summary_can_be_chosen",
    "A20": f"{W}::test_overhead_and_reserve_are_part_of_the_bound",
    "A21": f"{W}::test_a_wider_gap_compacts_less_often",
    "A22": f"{C}::test_empty_sections_say_none",
    "A23": f"{W}::test_recall_by_number_and_by_words",
    "A24": f"{W}::test_a_checkpoint_compacts_early",
    "M1": f"{P}::test_the_bounds_and_the_pairs_hold_over_random_conversations",
    "M2": f"{S}::test_the_summary_is_filled",
    "M3": f"{L}::test_a_session_is_fitted_and_stays_messages",
    "M4": f"{S}::test_a_ratio_bounds_the_summary_by_what_it_stands_for",
    "M5": f"{S}::test_truncation_takes_as_few_of_the_oldest_as_need_be",
    "M6": f"{S}::test_a_sliding_window_shows_the_most_recent_tokens_that_are_retained",
    "M7": f"{W}::test_the_quick_start_of_the_library",
    "M8": f"{C}::test_density_never_covers_less",
    "M9": f"{C}::test_a_ledger_never_exceeds_its_cap_and_rests_once_it_fits",
    "M10": f"{S}::test_strategies_are_ordered_by_what_they_keep",
    "M11": f"{C}::test_verdicts",
    "M12": f"{P}::test_a_second_look_changes_nothing",
    "M13": f"{C}::test_a_profile_by_hand",
    "M14": f"{C}::test_verdicts",
    "M15": f"{W}::test_the_window_form_sets_the_bounds",
    "M16": f"{W}::test_prune_comes_first_and_may_be_enough",
    "M17": f"{W}::test_prune_comes_first_and_may_be_enough",
    "M18": f"{W}::test_the_results_of_closed_work_are_spent",
    "M19": f"{W}::test_a_call_made_again_makes_the_first_result_spent",
    "M20": f"{W}::test_a_dry_run_changes_nothing",
    "M21": f"{C}::test_a_bad_summariser_changes_nothing_for_the_worse",
    "M22": f"{L}::test_advice_in_lines_and_as_an_object",
    "M23": f"{C}::test_advice_names_alternatives",
    "M24": f"{L}::test_a_session_is_fitted_and_stays_messages",
    "M25": f"{W}::test_a_summariser_with_a_small_window_is_given_parts",
    "M26": f"{P}::test_the_bounds_and_the_pairs_hold_over_random_conversations",
    "M27": f"{P}::test_the_bounds_and_the_pairs_hold_over_random_conversations",
    "M28": f"{C}::test_the_guard",
    "M29": f"{W}::test_the_oldest_go_first",
    "M30": f"{P}::test_the_work_is_linear",
    "M31": f"{W}::test_a_dry_run_changes_nothing",
    "M32": f"{W}::test_recall_by_number_and_by_words",
    "M33": f"{P}::test_the_same_bytes_in_another_process",
    "M34": f"{C}::test_of_several_answers_the_most_agreed_is_taken",
    "M35": f"{C}::test_the_guard",
    "M36": f"{S}::test_a_summary_that_would_be_mush_is_refused",
    "M37": f"{L}::test_a_session_is_fitted_and_stays_messages",
    "M38": f"{W}::test_prune_comes_first_and_may_be_enough",
    "M39": f"{S}::test_the_strategy_is_chosen_by_content_and_size",
    "M40": f"{S}::test_where_room_does_not_help_a_compaction_that_is_not_due_is_refused",
    "M41": f"{P}::test_a_second_look_changes_nothing",
    "M42": f"{W}::test_one_turn_as_a_function",
    "M43": f"{C}::test_the_guard",
    "M44": f"{T}::test_a_question_that_was_answered_and_noted_is_settled",
    "M45": f"{C}::test_the_instructions_for_a_model",
    "M46": f"{S}::test_one_contract_serves_chats_documents_and_fragments",
    "M47": f"{S}::test_a_finished_summary_goes_through_the_hook",
    "M48": f"{W}::test_pins_replace_by_key_and_stay",
    "M49": f"{W}::test_a_saved_window_goes_on_where_it_was",
    "M50": f"{P}::test_the_bounds_and_the_pairs_hold_over_random_conversations",
    "M51": f"{W}::test_what_nothing_points_to_is_not_shortened",
    "M52": f"{W}::test_prune_comes_first_and_may_be_enough",
    "M53": f"{W}::test_pruning_that_gains_too_little_is_left_to_the_compaction",
    "M54": f"{C}::test_advice_names_alternatives",
}  # fmt: skip


def names_in(module: str) -> set[str]:
    tree = ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_is_there():
    assert set(ROWS) == {f"A{n}" for n in range(1, 25)} | {f"M{n}" for n in range(1, 55)}


@pytest.mark.parametrize("row", [row for row, shown in ROWS.items() if not shown.startswith(NOT_DONE)])
def test_a_row_names_a_test_that_exists(row):
    module, _, name = ROWS[row].partition("::")
    assert name in names_in(module)


def test_what_is_not_done_is_said_in_one_line():
    open_rows = [reason for reason in ROWS.values() if reason.startswith(NOT_DONE)]
    assert all("\n" not in reason and len(reason) > len(NOT_DONE) + 20 for reason in open_rows)
