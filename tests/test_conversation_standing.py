"""What the user said that stays in force outlives every compaction, in seven languages and by every strategy."""

import pytest

from longzip import ContextCompressor, ScriptCount, WindowOptions
from longzip.conversation.compaction.view import is_request, leading
from longzip.conversation.facts.facts import Fact
from longzip.conversation.facts.gathering import facts_of, own_words
from longzip.conversation.facts.ledger import Ledger, fit, fit_standing, merge, render
from longzip.conversation.facts.standing import force, outdated, short_form
from longzip.messages.dialects import from_dict, plain

INSTRUCTIONS = {
    "en": [
        "Never put the patients' names into a file.",
        "From now on sign every letter with Dr Ode.",
        "I prefer tables to lists.",
    ],
    "zh": ["不要把病人的姓名写进文件。", "以后每封信都用简体中文。", "我更喜欢表格。"],
    "de": [
        "Schreib niemals Patientennamen in eine Datei.",
        "Ab sofort jeden Brief mit Dr. Ode unterschreiben.",
        "Lieber Tabellen als Listen.",
    ],
    "ja": [
        "患者の名前をファイルに書かないでください。",
        "今後は手紙を敬語で書いてください。",
        "一覧より表を優先してください。",
    ],
    "fr": [
        "N'écris jamais le nom des patients dans un fichier.",
        "Désormais, signe chaque lettre Dr Ode.",
        "Je préfère les tableaux.",
    ],
    "es": [
        "No escribas nunca el nombre de los pacientes.",
        "A partir de ahora firma cada carta como Dr Ode.",
        "Prefiero tablas a listas.",
    ],
    "ru": [
        "Никогда не пиши имена пациентов в файл.",
        "Впредь подписывай каждое письмо доктор Оде.",
        "Я предпочитаю таблицы спискам.",
    ],
}
ORDINARY = [
    "Run the tests again.",
    "What does this function return?",
    "I don't know why it fails.",
    "今天的测试结果怎么样？",
    "Wie viele Zeilen hat die Datei?",
    "テストを実行した。",
    "Lis le fichier, puis résume-le.",
    "Muéstrame el registro.",
    "Покажи журнал.",
    "It rained all day and we stayed at home.",
]
CORRECTIONS = [
    (
        "Book the hall for 80 guests on 14 June.",
        "Change of plan: 95 guests now, and 21 June.",
        ["80 guests", "14 June"],
    ),
    ("给80人订餐，6月14日。", "计划有变，改成95人，6月21日。", ["80人", "6月14日"]),
    (
        "Saal für 80 Gäste am 14. Juni buchen.",
        "Planänderung: jetzt sind es 95 Gäste, am 21. Juni.",
        ["80 Gäste", "14. Juni"],
    ),
    ("6月14日に80人で予約して。", "変更で95人になりました、6月21日です。", ["6月14日", "80人"]),
    (
        "Réserve la salle pour 80 invités le 14 juin.",
        "Changement de plan : 95 invités, le 21 juin.",
        ["80 invités", "14 juin"],
    ),
    (
        "Reserva la sala para 80 invitados el 14 de junio.",
        "Cambio de planes: ahora son 95 invitados, el 21 de junio.",
        ["80 invitados", "14 de junio"],
    ),
    ("Забронируй зал на 80 гостей, 14 июня.", "Планы изменились: теперь 95 гостей, 21 июня.", ["80 гостей", "14 июня"]),
    (
        "The service listens on port 7001 until 15:00.",
        "Actually the port is now 7002, until 16:00.",
        ["15:00", "port 7001"],
    ),
]
TALK = [
    {
        "role": "assistant",
        "content": "The build of module {n} took {n}12 ms and printed table_{n} with path src/m{n}/a.py. " * 4,
    },
    {"role": "user", "content": "Now look at module {n} and tell me what file_{n}.py does."},
]


def chatter(start, rounds):
    for number in range(start, start + rounds):
        for message in TALK:
            yield {**message, "content": message["content"].replace("{n}", str(number))}


def lived(said, strategy="ledger", compactions=20):
    """A window over a long session in which these things were said early."""
    options = WindowOptions(strategy=strategy)
    window = ContextCompressor(t_max=2400, t_retained=1500, t_summary=900, options=options)
    window.extend([{"role": "system", "content": "You help."}, {"role": "user", "content": said[0]}, *chatter(0, 2)])
    for text in said[1:]:
        window.extend([{"role": "user", "content": text}, {"role": "assistant", "content": "All right, done."}])
    at = 2
    while window.get_stats().compression_count < compactions:
        window.extend(chatter(at, 4))
        window.maybe_compress()
        at += 4
    return window


@pytest.mark.parametrize("language", sorted(INSTRUCTIONS))
def test_what_is_in_force_is_told_from_what_is_asked_once(language):
    assert all(force(text) for text in INSTRUCTIONS[language])


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_asked_once_is_not_in_force(text):
    assert force(text) == ""


@pytest.mark.parametrize("strategy", ["ledger", "density", "auto", "truncate", "window"])
def test_instructions_outlive_many_compactions(strategy):
    said = [text for language in sorted(INSTRUCTIONS) for text in INSTRUCTIONS[language]]
    window = lived(["Help me with the clinic's letters.", *said], strategy, 20 if strategy == "ledger" else 6)
    shown = "\n".join(message.text for message in window.view())
    assert [text for text in said if text.rstrip(".。") not in shown] == []
    assert window.tokens <= 2400


@pytest.mark.parametrize(("request_", "correction", "stale"), CORRECTIONS)
def test_a_correction_says_what_it_puts_out_of_date(request_, correction, stale):
    assert force(correction) == "correction"
    assert sorted(outdated(correction, request_)) == sorted(stale)
    window = lived([request_, correction], compactions=3)
    line = next(line for line in window.view()[2].text.split("\n") if correction.rstrip(".。") in line)
    assert "out of date" in line
    assert all(value in line for value in stale)


def test_an_instruction_that_was_taken_back_is_marked():
    window = lived(
        ["Hello there, help me.", "Never use the blue template.", "Change of plan: use the blue template."],
        compactions=2,
    )
    assert "Never use the blue template. [changed in #" in window.view()[2].text


def test_nothing_is_out_of_date_by_numbers_of_other_things():
    assert outdated("Correction: 95 guests.", "Rooms for 14 days, build-80 guests_80 v80") == []
    assert outdated("Correction: 95 guests.", "95 guests") == []


def test_a_long_instruction_is_shortened_between_clauses_only():
    long = (
        "When you write to the suppliers in Porto, who are rather slow to answer and like to be asked twice, "
        "never mention the price of the competitor, "
        "and sign with my full name, since that is what they are used to from all the years before this one"
    )
    assert short_form(long) == "never mention the price of the competitor"
    assert short_form("Never at night.") == ""


def test_a_summariser_that_forgets_them_is_reminded():
    window = ContextCompressor(lambda *_: "They talked.", t_max=1500, t_retained=900, t_summary=300)
    window.extend([{"role": "user", "content": "Start."}, *chatter(0, 1)])
    window.extend([{"role": "user", "content": "Никогда не звони в воскресенье."}, *chatter(1, 20)])
    window.compress()
    assert window.state.text.startswith("They talked.")
    assert "Никогда не звони в воскресенье." in window.state.text


@pytest.mark.parametrize("name", ["ask_user", "AskUserQuestion", "clarify", "mcp__ui__request_user_input"])
def test_what_a_tool_asked_the_user_is_the_users_answer(name):
    call = {"type": "tool_use", "id": "q", "name": name, "input": {"question": "Welche Farbe soll das Logo haben?"}}
    given = {"type": "tool_result", "tool_use_id": "q", "content": "Dunkelgrün, und niemals Rot."}
    window = ContextCompressor(t_max=2000, t_retained=1200, t_summary=500)
    window.extend([{"role": "user", "content": "Mach ein Logo."}, {"role": "assistant", "content": [call]}])
    window.extend([{"role": "user", "content": [given]}, *chatter(0, 30)])
    window.compress()
    text = window.view()[1].text
    assert "user: Welche Farbe soll das Logo haben? -- Dunkelgrün, und niemals Rot." in text


HARNESS = [
    "<environment_context>\n  <cwd>/home/ann</cwd>\n</environment_context>",
    "<system-reminder>\nThe todo list is empty.\n</system-reminder>",
    "Caveat: The messages below were generated by the user while running local commands. DO NOT respond to these.",
    "This session is being continued from a previous conversation that ran out of context. The summary is below.",
    "<command-name>/clear</command-name>\n<command-args></command-args>",
    "# AGENTS.md instructions for /home/ann/shop\n\n<INSTRUCTIONS>\nUse tabs.\n</INSTRUCTIONS>",
    "",
    "  \n",
]


@pytest.mark.parametrize("text", HARNESS)
def test_what_a_program_says_in_the_users_name_is_no_request(text):
    assert not is_request(plain("user", text))
    window = ContextCompressor(t_max=2000, t_retained=1200, t_summary=500)
    window.extend([{"role": "user", "content": text}, {"role": "user", "content": "请整理账目。"}, *chatter(0, 30)])
    window.compress()
    assert leading(window._log, len(window.log)) == [1]
    assert window.view()[0].text == "请整理账目。"


def test_a_request_beside_what_a_program_added_is_the_users():
    text = "<system-reminder>Use the list.</system-reminder>\nBitte die Rechnung 12 prüfen."
    assert own_words(text) == "Bitte die Rechnung 12 prüfen."
    assert is_request(plain("user", text))
    assert is_request(from_dict({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}))


def test_a_result_in_the_first_request_does_not_stand_without_its_call():
    call = {"type": "tool_use", "id": "a", "name": "read", "input": {"path": "konto.csv"}}
    both = [{"type": "tool_result", "tool_use_id": "a", "content": "saldo 17"}, {"type": "text", "text": "Check it."}]
    window = ContextCompressor(t_max=2000, t_retained=1200, t_summary=500)
    window.extend([{"role": "assistant", "content": [call]}, {"role": "user", "content": both}, *chatter(0, 30)])
    window.compress()
    first = window.view()[0]
    assert not first.results
    assert "saldo 17" in first.text
    assert "Check it." in first.prose
    assert window.tokens <= 2000


def test_what_found_no_room_comes_back_when_there_is_some():
    counter = ScriptCount()
    said = "Never open the red door, whatever anybody says."
    (fact,) = facts_of(plain("user", said), 3, "", None, counter, {})
    assert fact.standing
    tight = fit(Ledger(), [fact], counter.count("None"), counter, {})
    assert tight.facts == ()
    assert tight.waiting == (fact,)
    again = fit(tight, [], 400, counter, {})
    assert again.facts == (fact,)
    assert again.waiting == ()
    window = fit_standing(fit_standing(Ledger(), [fact], 1, counter), [], 100, counter)
    assert window.facts == (fact,)


@pytest.mark.parametrize(
    ("first", "second", "replaced"),
    [
        ("The budget of the fair is 80 EUR.", "The budget of the fair is 120 EUR.", True),
        ("Das Budget der Messe beträgt 80 Euro.", "Das Budget der Messe beträgt 120 Euro.", True),
        ("展会的预算是80元。", "展会的预算是120元。", True),
        ("Room 3 on the left is 80 EUR.", "Room 5 on the left is 120 EUR.", False),
        ("The budget of the fair is 80 EUR.", "The budget of the fair is tight.", False),
    ],
)
def test_a_value_that_is_stated_anew_takes_the_place_of_the_old_one(first, second, replaced):
    facts = [Fact("Values", turn, (f"user: {text}",), 3.0) for turn, text in ((2, first), (6, second))]
    assert [fact.turn for fact in merge(facts[:1], facts[1:])] == ([6] if replaced else [2, 6])


@pytest.mark.parametrize(
    "rule",
    ["House rule: shoes stay at the door.", "Vorgabe: Maße in Zoll.", "规则：进门脱鞋。", "The user prefers tables."],
)
def test_what_is_called_a_rule_stays_in_force(rule):
    assert force(rule) == "instruction"


def test_a_short_message_with_an_instruction_stays_whole_and_empty_sections_go_first():
    counter = ScriptCount()
    text = "The key is under the mat. Never give it to the plumber."
    (fact,) = facts_of(plain("user", text), 4, "", None, counter, {})
    assert fact.forms[0] == f"user: {text}"
    many = [Fact("Values", turn, (f"user: box {turn} holds {turn} pears",), 3.0) for turn in range(5, 12)]
    full = counter.count(render([fact, *many]))
    tight = fit(Ledger(), [fact, *many], full - 5, counter, {})
    assert tight.facts == (fact, *many)
    assert "None" not in tight.text()
    assert counter.count(tight.text()) <= full - 5
