"""What becomes of old messages: strategies by name, the gate on what is lost, the hook, the contract for any text."""

import pytest

from longzip import ContextCompressor, Contract, WindowOptions
from longzip.conversation.compaction.view import summary_cost
from longzip.conversation.facts.ledger import Ledger
from longzip.conversation.summaries.strategies import suits_density
from longzip.messages.dialects import from_dicts
from longzip.messages.normal import ScriptCount
from longzip.prose.contract import CONTRACTUAL, grounded

COUNTER = ScriptCount()


def talk(turns=60):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Find out why login fails."}]
    for turn in range(turns):
        messages.append(
            {
                "role": "assistant",
                "content": f"The port of host_{turn} is {5000 + turn}. The rest of it was as it should be, and "
                "nobody had to wait.",
            }
        )
        messages.append({"role": "user", "content": f"Look at part_{turn}, please, it is slow."})
    return messages


def window(options=None, messages=None, **bounds):
    made = ContextCompressor(
        **{"t_max": 1500, "t_retained": 1000, "t_summary": 300, **bounds}, options=options or WindowOptions()
    )
    made.extend(messages or talk())
    return made


def shown(made):
    return "\n".join(message.text for message in made.view())


# Strategies


def test_the_summary_is_filled():
    made = window(messages=talk(90), t_max=3000, t_retained=2500, t_summary=800)
    made.maybe_compress()
    assert 0.95 * 800 <= summary_cost(made.state, made.limits, COUNTER) <= 800


def test_truncation_takes_as_few_of_the_oldest_as_need_be():
    made = window(WindowOptions(strategy="truncate"))
    step = made.maybe_compress()
    assert 1500 - 40 <= step.after <= 1500
    assert [message.text for message in made.view()[:3]] == [
        "Be brief.",
        "Find out why login fails.",
        made.view()[2].text,
    ]
    assert made.view()[2].text.startswith(f"[Messages 1-{made.state.anchor} were left out")
    assert [message.text for message in made.view()[3:]] == [message.text for message in made.log[made.state.anchor :]]
    assert made.state.ledger.facts == ()


def test_a_sliding_window_shows_the_most_recent_tokens_that_are_retained():
    made = window(WindowOptions(strategy="window"))
    step = made.maybe_compress()
    assert 1000 - 40 <= step.after <= 1000
    assert step.summarised is not None
    assert step.pruned == ()


def test_truncation_keeps_its_bound_as_messages_come():
    made = window(WindowOptions(strategy="truncate"), messages=talk(1))
    for message in talk(40)[2:]:
        made.append(message)
        assert made.maybe_compress().after <= 1500


def test_strategies_are_ordered_by_what_they_keep():
    loss = {
        strategy: window(WindowOptions(strategy=strategy)).maybe_compress().loss
        for strategy in ("window", "ledger", "density")
    }
    assert loss["window"] > loss["ledger"] > loss["density"], "plain talk full of values is what sentences are for"


def test_a_ratio_bounds_the_summary_by_what_it_stands_for():
    plain, bounded = (
        window(WindowOptions(ratio=ratio), talk(120), t_max=4000, t_retained=3000, t_summary=1000)
        for ratio in (0.0, 0.1)
    )
    assert plain.maybe_compress().ratio < 5
    step = bounded.maybe_compress()
    assert 7 <= step.ratio <= 11


def test_the_strategy_is_chosen_by_content_and_size():
    dense = from_dicts(
        {"role": "user", "content": f"The port of host_{n} is {5000 + n} at 10.0.{n}.1."} for n in range(10)
    )
    thin = from_dicts(
        {"role": "user", "content": "It went on as before, and nobody had anything to add to what was said."}
        for _ in range(10)
    )
    tools = from_dicts(
        {"role": "tool", "tool_call_id": "c", "content": f'{{"host": "host_{n}", "port": {5000 + n}}}'}
        for n in range(10)
    )
    assert suits_density(dense, Ledger(), 300, COUNTER)
    assert not suits_density(thin, Ledger(), 300, COUNTER)
    assert not suits_density(tools, Ledger(), 300, COUNTER)
    assert not suits_density(dense, Ledger(), 10, COUNTER), "too long for sentences"
    assert not suits_density(dense, Ledger(depth=1), 300, COUNTER), "a second level is the ledger's"


def test_auto_says_what_it_chose():
    dense = [{"role": "user", "content": f"The port of host_{n} is {5000 + n} at 10.0.{n}.1."} for n in range(90)]
    thin = [
        {"role": "user", "content": f"It went on as before, and nobody had anything to add. {'Well. ' * 9}"}
        for _ in range(90)
    ]
    assert window(WindowOptions(strategy="auto"), dense).maybe_compress().summarizer == "DensitySummarizer"
    assert window(WindowOptions(strategy="auto"), thin).maybe_compress().summarizer == "extractive"


# The gate


def test_where_too_much_would_be_lost_the_summary_is_given_more_room():
    bounds = {"t_max": 4000, "t_retained": 3000, "t_summary": 150}
    free = window(**bounds).compress(2000)
    step = window(WindowOptions(most_loss=free.loss - 0.05), **bounds).compress(2000)
    assert step.action == "compress"
    assert step.loss <= free.loss - 0.05
    assert step.notes[-1].startswith("the summary was given 300 tokens instead of 150:")


def test_where_room_does_not_help_a_compaction_that_is_not_due_is_refused():
    made = window(WindowOptions(most_loss=0.01), t_max=9000, t_retained=3000, t_summary=150)
    before = made.state
    step = made.compress(1500)
    assert (step.action, step.before, made.state) == ("none", step.after, before)
    assert step.reason.startswith("refused: ")
    assert "over most_loss 1%" in step.reason


def test_a_compaction_that_is_due_is_done_and_says_so():
    made = window(WindowOptions(most_loss=0.01))
    step = made.maybe_compress()
    assert step.after <= 1000
    assert "over most_loss 1%" in step.notes[-1]


def test_a_summary_that_would_be_mush_is_refused():
    made = window(WindowOptions(most_ratio=2.0), t_max=9000, t_retained=3000, t_summary=150)
    step = made.compress(1000)
    assert step.action == "none"
    assert "over most_ratio 2" in step.reason
    assert made.state.anchor == 0


# The hook


def test_a_finished_summary_goes_through_the_hook():
    made = window(WindowOptions(post=lambda text: text.replace("Session intent:", "Intent:")))
    made.maybe_compress()
    assert "\nIntent:" in shown(made)
    assert made.get_stats().current_tokens <= 1000


@pytest.mark.parametrize(
    ("post", "note"),
    [
        (lambda text: text + " and more", "post made the summary longer"),
        (lambda _: "port_99999", "post put in values"),
        (lambda _: "", "post returned nothing"),
        (lambda _: 1 // 0, "post failed (ZeroDivisionError)"),
    ],
)
def test_a_hook_that_goes_wrong_changes_nothing(post, note):
    plain, made = window(), window(WindowOptions(post=post))
    plain.maybe_compress()
    step = made.maybe_compress()
    assert shown(made) == shown(plain)
    assert any(one.startswith(note) for one in step.notes)


# The contract


CHAT = (
    "We decided to use Redis on port 6379. Thanks! The crash was E44Error: fixed by pinning the driver. "
    "Who owns host_7?"
)
DOCUMENT = (
    "# Minutes\n\nIt was chosen to keep table_9. The weather was fine.\n\nDana must send the report RPT-1 by Friday."
)
FRAGMENT = "Timeouts failed with code E_TIMEOUT_3 in region eu-west-1. Regions are named after cities."


@pytest.mark.parametrize(("text", "count"), [(CHAT, 3), (DOCUMENT, 2), (FRAGMENT, 1)])
def test_one_contract_serves_chats_documents_and_fragments(text, count):
    contract = Contract.of(text)
    assert len(contract.lines) == count
    assert contract.missing(text) == ()
    assert contract.missing("Nothing of it.") == contract.lines
    assert contract.missing(contract.lines[0]) == contract.lines[1:]


def test_what_the_source_does_not_bear_out_is_found():
    assert grounded(["The port is 6379.", "The port is 6380.", "It works."], CHAT) == ["The port is 6379.", "It works."]
    assert "decision" in CONTRACTUAL


def test_the_contract_holds_a_compressed_view():
    made = window(
        messages=[
            *talk(40)[:12],
            {"role": "assistant", "content": "We decided to use Redis_7 because it is there."},
            *talk(60)[12:],
        ]
    )
    made.maybe_compress()
    assert Contract(("We decided to use Redis_7 because it is there.",)).missing(shown(made)) == ()
