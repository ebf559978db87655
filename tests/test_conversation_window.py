"""The window as a user meets it: the library's quick start, the limits, notes, recall, storage, threads."""

import asyncio
import itertools
import json
import threading

import pytest

from longzip import (
    BudgetTooSmall,
    ContextCompressor,
    SourceError,
    UsageError,
    WindowOptions,
    maybe_compress,
    simulate,
    writing,
)
from longzip.messages.normal import ScriptCount

WORDS = "alpha beta gamma delta "


def long_talk(turns: int = 60) -> list[dict[str, object]]:
    talk: list[dict[str, object]] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Find out why login fails."},
    ]
    for turn in range(turns):
        talk.append(
            {"role": "assistant", "content": f"Step {turn}: I looked at module_{turn} and went on. {WORDS * 10}"}
        )
        talk.append({"role": "user", "content": f"Go on with part_{turn}. {WORDS * 5}"})
    return talk


def small(**more) -> ContextCompressor:
    return ContextCompressor(**{"t_max": 1500, "t_retained": 1000, "t_summary": 300, **more})


def test_the_quick_start_of_the_library():
    asked = []

    def my_summarizer(messages_text, previous_summary=None):
        asked.append((f"{messages_text}", previous_summary, [message["role"] for message in messages_text]))
        return "They looked at module_0."

    compressor = ContextCompressor(summarizer=my_summarizer, t_max=1500, t_retained=1000, t_summary=300)
    for message in long_talk(20):
        compressor.add_message(message["content"], role=message["role"])
    context = compressor.get_current_context()
    stats = compressor.get_stats()
    assert asked[0][0].startswith("assistant: Step 0")
    assert asked[0][1] is None, "the first time there is nothing to bring up to date"
    assert asked[0][2][0] == "assistant"
    assert stats["compression_count"] >= 1
    assert stats["total_tokens_saved"] > 0
    assert "They looked at module_0." in context[2]["content"]
    for message in long_talk(40)[42:]:
        compressor.append(message)
        compressor.get_current_context()
    assert asked[-1][1].startswith("They looked at module_0."), "later the summary so far comes along"


def test_nothing_happens_below_the_bound():
    compressor = ContextCompressor()
    talk = long_talk(3)
    compressor.extend(talk)
    assert compressor.get_current_context() == talk
    assert compressor.maybe_compress().action == "none"
    assert not compressor.get_stats().has_summary


def test_an_empty_window_is_an_empty_context():
    assert ContextCompressor().get_current_context() == []


def test_the_summary_counts_and_keeps_its_cap():
    compressor = small(summarizer=lambda _messages, _previous=None: "word " * 5000)
    compressor.extend(long_talk())
    compressor.get_current_context()
    summary = compressor.view()[2]
    assert ScriptCount().count(summary.text) + 4 <= 300
    assert compressor.tokens <= 1000


def test_overhead_and_reserve_are_part_of_the_bound():
    compressor = small(overhead=200, reserve_output=300)
    compressor.extend(long_talk())
    step = compressor.maybe_compress()
    assert step.before == compressor._log.before[-1] + 500
    assert compressor.tokens <= 1000
    assert sum(ScriptCount().count(message.text) + 4 for message in compressor.view()) <= 500


def test_prune_comes_first_and_may_be_enough():
    compressor = ContextCompressor(t_max=2600, t_retained=2000, t_summary=200, keep_recent=2, keep_tools=1)
    compressor.add_message("Which rows are late?")
    for number in range(4):
        call = {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": "query", "arguments": json.dumps({"page": number})},
        }
        compressor.append({"role": "assistant", "content": None, "tool_calls": [call]})
        rows = [{"id": f"row_{number}_{index}", "note": WORDS * 3} for index in range(40)]
        compressor.append({"role": "tool", "tool_call_id": f"c{number}", "content": json.dumps(rows)})
        compressor.append({"role": "assistant", "content": f"row_{number}_7 is late."})
    step = compressor.maybe_compress()
    assert step.action == "prune"
    assert step.pruned[0] == (3, "used: row_0_7")
    assert compressor.get_stats().compression_count == 0
    stub = compressor.view()[2].text
    assert stub.startswith("[query: ")
    assert "ref:3]" in stub
    assert "row_0_7" in stub
    assert compressor.recall("ref:3").as_dict == compressor.messages[2]


def test_a_tool_on_the_list_is_never_shortened_for_being_spent():
    compressor = ContextCompressor(
        t_max=2600,
        t_retained=2000,
        t_summary=200,
        keep_recent=0,
        keep_tools=0,
        options=WindowOptions(never_prune=("query",)),
    )
    compressor.extend(long_talk(4))
    compressor.append(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "function": {"name": "query", "arguments": "{}"}}],
        }
    )
    compressor.append({"role": "tool", "tool_call_id": "c", "content": f"order_77 {WORDS * 100}"})
    compressor.append({"role": "assistant", "content": f"order_77 it is. {WORDS * 400}"})
    assert compressor.maybe_compress().pruned == ()


def test_one_message_larger_than_the_window():
    huge = small()
    huge.append(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "function": {"name": "cat", "arguments": "{}"}}],
        }
    )
    huge.append({"role": "tool", "tool_call_id": "c", "content": "\n".join(f"line_{n} {WORDS}" for n in range(2000))})
    huge.get_current_context()
    assert huge.tokens <= 1000
    talk = small()
    talk.add_message(WORDS * 2000)
    with pytest.raises(BudgetTooSmall, match="the first and the last request"):
        talk.get_current_context()
    assert talk.view()[0].text == WORDS * 2000, "nothing was lost"


def test_pins_replace_by_key_and_stay():
    compressor = small()
    compressor.extend(long_talk())
    compressor.pin("DB is Postgres 14", "db")
    compressor.pin("DB is Postgres 15", "db")
    text = json.dumps(compressor.get_current_context())
    assert "db: DB is Postgres 15" in text
    assert "Postgres 14" not in text
    compressor.unpin("db")
    assert "Postgres" not in json.dumps(compressor.get_current_context())
    with pytest.raises(BudgetTooSmall, match="pins"):
        compressor.pin(WORDS * 200)


def test_a_checkpoint_compacts_early():
    compressor = small()
    compressor.extend(long_talk(14))
    assert 1000 < compressor.tokens <= 1500
    step = compressor.checkpoint("login understood")
    assert step.action == "compress"
    assert compressor.tokens <= 1000
    assert "done: login understood" in compressor.view()[2].text


def test_recall_by_number_and_by_words():
    compressor = small()
    compressor.extend(long_talk())
    compressor.get_current_context()
    assert compressor.recall("ref:3").text.startswith("Step 0")
    assert compressor.recall(2).text == "Find out why login fails."
    assert compressor.search("module 17")[0].text.startswith("Step 17")
    with pytest.raises(UsageError, match="ref:1 to ref:122"):
        compressor.recall("ref:900")
    assert compressor.get_stats().tokens_recalled > 0


def test_the_focus_decides_what_stays():
    kept = {}
    for focus in ("module_3 and its tests", "module_9 and its tests"):
        compressor = small(options=WindowOptions(focus=focus), t_summary=200)
        compressor.extend(long_talk())
        compressor.compress()
        kept[focus] = compressor.view()[2].text
    assert "module_3 " in kept["module_3 and its tests"]
    assert "module_9 " in kept["module_9 and its tests"]
    assert "module_9 " not in kept["module_3 and its tests"]


def test_a_dry_run_changes_nothing():
    compressor = small()
    compressor.extend(long_talk())
    before = compressor.state
    step = compressor.compress(dry_run=True)
    assert step.action == "compress"
    assert 0 < step.loss < 1
    assert compressor.state is before


def test_a_number_of_messages_may_be_the_trigger():
    compressor = ContextCompressor(t_max=100_000, t_retained=60_000, t_summary=200, trigger=("messages", 30))
    for message in long_talk(30):
        compressor.append(message)
        compressor.get_current_context()
    stats = compressor.get_stats()
    assert 1 <= stats.compression_count <= 6
    assert stats.current_tokens < 1500


def test_the_window_form_sets_the_bounds():
    limits = ContextCompressor(window=128_000, trigger=0.70, keep_recent=6).limits
    assert (limits.maximum, limits.retained, limits.summary, limits.keep_recent) == (89_600, 67_200, 4480, 6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"t_max": 100},
        {"t_retained": 9000},
        {"t_summary": 50},
        {"window": 8000, "t_max": 5},
        {"trigger": 3.0},
        {"trigger": ("turns", 3)},
        {"keep_recent": -1},
        {"options": WindowOptions(summary_role="x")},
        {"options": WindowOptions(strategy="x")},
        {"options": WindowOptions(most_loss=0)},
        {"options": WindowOptions(ratio=1.5)},
        {"options": WindowOptions(most_ratio=0.5)},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(UsageError):
        ContextCompressor(**wrong)


def test_one_turn_as_a_function():
    compressor = small()
    talk = long_talk()
    shown, step = maybe_compress(talk[:40], compressor)
    assert step.action == "compress"
    again, idle = maybe_compress(talk[:40], compressor)
    assert (again, idle.action) == (shown, "none")
    with pytest.raises(UsageError, match="do not begin"):
        maybe_compress([{"role": "user", "content": "another talk"}] * 50, compressor)


def test_any_function_may_count():
    compressor = small(tokenizer=lambda text: len(text.split()))
    compressor.extend(long_talk(90))
    compressor.get_current_context()
    assert compressor.tokens <= 1500


# Storage


def test_a_saved_window_goes_on_where_it_was(tmp_path):
    compressor = small()
    compressor.extend(long_talk())
    compressor.pin("DB is Postgres 15")
    compressor.get_current_context()
    compressor.save(tmp_path / "window.json")
    loaded = ContextCompressor.load(tmp_path / "window.json")
    assert loaded.get_current_context() == compressor.get_current_context()
    assert loaded.state == compressor.state
    for window in (loaded, compressor):
        window.extend(long_talk(20)[2:])
    assert loaded.get_current_context() == compressor.get_current_context()


@pytest.mark.parametrize("broken", ["write", "flush", "fsync", "replace"])
def test_a_crash_between_any_two_writes_leaves_the_old_file(tmp_path, monkeypatch, broken):
    path = tmp_path / "window.json"
    compressor = small()
    compressor.add_message("old")
    compressor.save(path)
    compressor.add_message("new")

    def crash(*_arguments, **_more):
        raise OSError("power failure")

    if broken == "fsync":
        monkeypatch.setattr(writing.os, "fsync", crash)
    elif broken == "replace":
        monkeypatch.setattr(writing.Path, "replace", crash)
    else:
        opened = writing.os.fdopen
        monkeypatch.setattr(writing.os, "fdopen", lambda *arguments: Half(opened(*arguments), broken))
    with pytest.raises(OSError, match="power failure"):
        compressor.save(path)
    monkeypatch.undo()
    assert [message.text for message in ContextCompressor.load(path).log] == ["old"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["window.json"]
    compressor.save(path)
    assert [message.text for message in ContextCompressor.load(path).log] == ["old", "new"]


class Half:
    """A file that fails in the middle of a write, or at a flush."""

    def __init__(self, file, broken):
        self.file, self.broken = file, broken

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.file.close()

    def write(self, text):
        if self.broken == "write":
            self.file.write(text[: len(text) // 2])
            raise OSError("power failure")
        return self.file.write(text)

    def flush(self):
        raise OSError("power failure")

    def fileno(self):
        return self.file.fileno()


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "window.json"
    compressor = small()
    compressor.extend(long_talk(3))
    compressor.save(path)
    path.write_text(path.read_text().replace("login", "lagin"))
    with pytest.raises(SourceError, match="does not match its digest"):
        ContextCompressor.load(path)
    path.write_text("[]")
    with pytest.raises(SourceError, match="no saved window"):
        ContextCompressor.load(path)


def test_a_window_is_not_loaded_with_another_tokenizer(tmp_path):
    small().save(tmp_path / "w")
    with pytest.raises(UsageError, match="counted with"):
        ContextCompressor.load(tmp_path / "w", tokenizer=len)


# Threads


def test_forty_threads_append_while_it_compacts_and_nothing_is_lost():
    compacting, go_on = threading.Event(), threading.Event()

    def slow(messages, previous=None):
        compacting.set()
        go_on.wait(10)
        return "module_1 was looked at"

    compressor = small(summarizer=slow)
    compressor.extend(long_talk())
    worker = threading.Thread(target=compressor.compress)
    worker.start()
    assert compacting.wait(10)
    threads = [threading.Thread(target=compressor.add_message, args=(f"late {n}",)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    go_on.set()
    worker.join(10)
    assert {message.text for message in compressor.log[-40:]} == {f"late {n}" for n in range(40)}
    shown = [message.text for message in compressor.view()]
    assert [text for text in shown if text.startswith("late")] == [message.text for message in compressor.log[-40:]]
    assert compressor.state.anchor > 0


def test_many_threads_ask_and_one_compaction_runs():
    running, most = [], []

    def counting(messages, previous=None):
        running.append(1)
        most.append(len(running))
        running.pop()
        return "module_1"

    compressor = small(summarizer=counting)
    compressor.extend(long_talk())
    threads = [threading.Thread(target=compressor.get_current_context) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert set(most) == {1}
    assert len(most) == compressor.get_stats().compression_count == 1


def test_the_asynchronous_twins():
    async def summarize(messages, previous=None):
        await asyncio.sleep(0)
        return "module_1 was looked at"

    async def talk():
        compressor = small(summarizer=summarize)
        compressor.extend(long_talk())
        context = await compressor.aget_current_context()
        assert "module_1 was looked at" in context[2]["content"]
        assert (await compressor.amaybe_compress()).action == "none"

    asyncio.run(talk())


def test_a_cancelled_compaction_changes_nothing():
    started, go_on = threading.Event(), threading.Event()

    def slow(messages, previous=None):
        started.set()
        go_on.wait(10)
        return "x"

    async def cancel():
        compressor = small(summarizer=slow)
        compressor.extend(long_talk())
        before = compressor.state
        task = asyncio.create_task(compressor.acompress())
        await asyncio.to_thread(started.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        with compressor._one_compaction:
            assert compressor.state is before

    asyncio.run(cancel())


def test_reset_forgets_everything_but_the_limits():
    compressor = small()
    compressor.extend(long_talk())
    compressor.get_current_context()
    compressor.reset()
    assert compressor.get_current_context() == []
    assert compressor.limits.maximum == 1500


def test_a_summariser_with_a_small_window_is_given_parts():
    asked = []

    def summarize(messages, previous=None):
        asked.append((len(messages), previous))
        return f"module_{len(asked)} was looked at"

    compressor = small(summarizer=summarize, options=WindowOptions(summarizer_window=200))
    compressor.extend(long_talk())
    compressor.compress()
    assert len(asked) > 5
    assert asked[0][1] is None
    assert asked[2][1] == "module_2 was looked at"
    assert f"module_{len(asked)} was" in compressor.view()[2].text


def test_pruning_that_gains_too_little_is_left_to_the_compaction():
    def filled(least):
        compressor = ContextCompressor(
            t_max=2600,
            t_retained=2400,
            t_summary=200,
            keep_recent=2,
            keep_tools=0,
            options=WindowOptions(clear_at_least=least),
        )
        compressor.add_message("Which rows are late?")
        compressor.append(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c", "function": {"name": "q", "arguments": "{}"}}],
            }
        )
        compressor.append({"role": "tool", "tool_call_id": "c", "content": f"row_7 {WORDS * 200}"})
        compressor.append({"role": "assistant", "content": f"row_7 is late. {WORDS * 350}"})
        compressor.add_message("And now?")
        compressor.add_message(f"Wait. {WORDS * 150}", role="assistant")
        return compressor.maybe_compress().action

    assert filled(0) == "prune"
    assert filled(5000) == "compress"


def test_a_wider_gap_compacts_less_often():
    narrow, wide = simulate(long_talk(200), t_max=3000, retained=[2600, 1200], t_summary=300)
    assert narrow.compactions > wide.compactions > 0


def test_the_statistics_have_the_names_of_the_library():
    compressor = small()
    compressor.extend(long_talk())
    compressor.get_current_context()
    stats = dict(compressor.get_stats())
    assert (stats["total_messages"], stats["has_summary"], stats["t_max"], stats["t_retained"]) == (
        122,
        True,
        1500,
        1000,
    )
    assert stats["current_tokens"] == compressor.tokens
    assert stats["anchor_index"] == compressor.state.anchor


def test_the_role_of_the_summary_can_be_chosen():
    compressor = small(options=WindowOptions(summary_role="system"))
    compressor.extend(long_talk())
    summary = compressor.get_current_context()[2]
    assert summary["role"] == "system"
    assert summary["content"].startswith(f"[Summary of messages 1-{compressor.state.anchor}")


def tool_talk(first: dict[str, object], second: dict[str, object], rest: str) -> list[dict[str, object]]:
    """Two calls with long results, then a long answer and a question."""
    talk: list[dict[str, object]] = [{"role": "user", "content": "Which rows are late?"}]
    for number, arguments in enumerate((first, second)):
        function = {"name": "query", "arguments": json.dumps(arguments)}
        talk.append(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": f"c{number}", "type": "function", "function": function}],
            }
        )
        talk.append({"role": "tool", "tool_call_id": f"c{number}", "content": f"order_{number} {WORDS * 150}"})
    return [*talk, {"role": "assistant", "content": f"{rest} {WORDS * 350}"}, {"role": "user", "content": "And now?"}]


def pruned(talk, **more) -> tuple[tuple[int, str], ...]:
    compressor = ContextCompressor(
        **{"t_max": 2400, "t_retained": 2300, "t_summary": 200, "keep_recent": 1, "keep_tools": 0, **more}
    )
    compressor.extend(talk)
    return compressor.maybe_compress().pruned


def test_a_call_made_again_makes_the_first_result_spent():
    assert pruned(tool_talk({"page": 1}, {"page": 1}, "Hm.")) == ((3, "called again"),)


def test_what_nothing_points_to_is_not_shortened():
    assert pruned(tool_talk({"page": 1}, {"page": 2}, "Hm.")) == ()
    assert pruned(tool_talk({"page": 1}, {"page": 2}, "order_1 is late.")) == ((5, "used: order_1"),)
    assert pruned(tool_talk({"page": 1}, {"page": 2}, "order_1 is late."), keep_tools=1) == ()


def test_the_results_of_closed_work_are_spent():
    compressor = ContextCompressor(t_max=2400, t_retained=2300, t_summary=200, keep_recent=0, keep_tools=0)
    compressor.extend(tool_talk({"page": 1}, {"page": 2}, "Hm."))
    assert compressor.checkpoint().pruned == ((3, "its work is closed"),)


def test_the_oldest_go_first():
    compressor = small()
    compressor.extend(long_talk())
    spans = []
    for part in range(3):
        compressor.extend(long_talk()[2 + 40 * part : 42 + 40 * part])
        spans.append(compressor.compress().summarised)
    assert spans[0][0] == 3, "the system prompt and the first request stay"
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


def test_what_is_pinned_or_recalled_while_it_compacts_stays():
    compressor = small()

    def meanwhile(messages, previous=None):
        compressor.pin("DB is Postgres 15", "db")
        compressor.recall(1)
        return "module_1 was looked at"

    compressor.summarizer = meanwhile
    compressor.extend(long_talk())
    assert compressor.maybe_compress().action == "compress"
    assert "db: DB is Postgres 15" in compressor.view()[2].text
    assert compressor.get_stats().recalls == 1
    assert compressor.state.anchor > 0


def test_what_gains_nothing_is_not_done():
    compressor = ContextCompressor()
    compressor.extend(long_talk(5)[:4])
    step = compressor.compress(10)
    assert (step.action, step.after) == ("none", step.before)
    assert "less than a tenth" in step.reason
    assert compressor.state.anchor == 0


def test_where_nothing_can_be_summarised_there_is_no_summary():
    compressor = small()
    compressor.add_message("Look at the log.")
    compressor.append(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "read", "arguments": "{}"}}],
        }
    )
    compressor.append({"role": "tool", "tool_call_id": "c", "content": WORDS * 600})
    compressor.add_message("And now?")
    step = compressor.maybe_compress()
    assert (step.action, step.summarised, compressor.state.anchor) == ("prune", None, 0)
    assert len(compressor.view()) == 4


def test_what_makes_no_sense_is_said_so(tmp_path):
    compressor = small()
    with pytest.raises(UsageError, match="has none yet"):
        compressor.recall("ref:1")
    with pytest.raises(UsageError, match="pin is empty"):
        compressor.pin(" ")
    with pytest.raises(SourceError, match="there is no file"):
        ContextCompressor.load(tmp_path / "none.json")
    with pytest.raises(SourceError, match="cannot be written as JSON"):
        compressor.add_message(object())
    assert compressor.compress().action == "none"
    assert compressor.get_current_context() == []
