"""Minutes, calls and tickets in three languages, as those need them who were not there; and that the report is the
truth about the text."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import BudgetTooSmall, Compressed, Settings, Source, TextOptions, compress
from longzip.prose.actions import action_items, tabled, told_by
from longzip.prose.marks import confirms, marks_of
from longzip.prose.people import people
from longzip.prose.sentences import sentences


def forced(**changes: object) -> TextOptions:
    return TextOptions(settings=replace(Settings(count_for="chars/4", force=True), **changes))


MINUTES = {
    "en": """# Allotment board, 4 May 2031

Present: Hanna, Viktor, Lucy. Excused: Ben.

Hanna opened the meeting and said a few words about the spring, the birds and the many flowers along the way.

## Water

Viktor reported that the pump lost 40 litres a day in April. Lucy asked whether it could be mended by us. The offer of \
the firm is 1,450 EUR. After some debate the board decided to have it replaced. Viktor orders the pump by 9 May, and \
Lucy informs the neighbours. Nobody may water after 8 pm until then. It is still open who pays for the digging.

## Next meeting

1 June at 18:00.
""",
    "de": """# Elternbeirat, 4. Mai 2031

Anwesend: Hanna Vogt, Viktor Roth, Lucie Braun. Entschuldigt: Ben.

Hanna begrüßte alle und sagte ein paar Worte über den Frühling, die Vögel und die vielen Blumen am Weg.

## Pumpe

Viktor berichtete, dass die Pumpe im April 40 Liter am Tag verloren hat. Lucie fragte, ob man sie selbst flicken kann. \
Das Angebot der Firma liegt bei 1.450 Euro. Nach einigem Hin und Her wurde beschlossen, sie zu ersetzen. Viktor \
bestellt die Pumpe bis zum 9. Mai, und Lucie informiert die Nachbarn. Bis dahin darf nach 20 Uhr nicht gewässert \
werden. Noch offen ist, wer das Graben bezahlt.

## Verschiedenes

Die nächste Sitzung ist am 1. Juni um 18 Uhr.
""",
    "zh": """花园管委会会议纪要

参会人员：韩梅、魏强、卢静

韩梅首先感谢大家到场，又聊了一会儿春天的天气、小鸟和路边的许多花。大家都觉得今年的花开得特别好看，气氛也很轻松愉快。

一、水泵

魏强汇报，四月份水泵每天漏水40升。卢静问能不能自己修。厂家报价1450元。经讨论，会议决定更换水泵。魏强联系厂家，5月9日前完成安装。\
卢静通知邻居。更换之前，晚上八点以后不得浇水。挖沟费用由谁承担待确认。

二、其他

下次会议定于6月1日18点召开。
""",
}
NEEDED = {
    "en": ("4 May 2031", "decided to have it replaced", "orders the pump by 9 May", "Nobody may water", "who pays"),
    "de": ("4. Mai 2031", "sie zu ersetzen", "bis zum 9. Mai", "darf nach 20 Uhr nicht", "wer das Graben bezahlt"),
    "zh": ("会议纪要", "决定更换水泵", "5月9日前完成安装", "不得浇水", "由谁承担待确认"),
}
TASKS = {"en": ("Viktor", "Lucy"), "de": ("Viktor", "Lucie"), "zh": ("魏强", "卢静")}
CALLS = {
    "en": """Agent: Good afternoon, Northline Trains, how can I help you?
Caller: Hello. I left a blue bag in the train from Derby yesterday evening.
Agent: I am sorry to hear that. What is your booking number?
Caller: It is NT-40917.
Agent: Thank you. Is there a name in the bag?
Caller: Yes, on the inside.
Agent: I have registered the bag: blue, lost on 3 May. Your reference is LP-2231.
Caller: Please do not send it by post, I will come myself.
Agent: All right. Goodbye!
""",
    "de": """Mitarbeiter: Guten Tag, Nordbahn, wie kann ich Ihnen helfen?
Kundin: Hallo. Ich habe gestern Abend eine blaue Tasche im Zug aus Jena liegen lassen.
Mitarbeiter: Das tut mir leid. Wie ist Ihre Buchungsnummer?
Kundin: Das ist die NB-40917.
Mitarbeiter: Vielen Dank. Steht ein Name in der Tasche?
Kundin: Ja, innen.
Mitarbeiter: Ich notiere: blaue Tasche, verloren am 3. Mai. Ihre Vorgangsnummer ist LP-2231.
Kundin: Bitte schicken Sie sie nicht mit der Post, ich komme selbst.
Mitarbeiter: In Ordnung. Auf Wiederhören!
""",
    "zh": """客服：您好，北线铁路，请问有什么可以帮您？
客户：你好，我昨天晚上把一个蓝色的包忘在从保定来的车上了。
客服：很抱歉。请问您的订单号是多少？
客户：订单号是NT40917。
客服：谢谢。包里有写名字吗？
客户：有，在里面。
客服：已为您登记：蓝色包，5月3日遗失。您的受理编号是LP2231。
客户：请不要邮寄，我自己来取。
客服：好的，再见！
""",
}


@pytest.mark.parametrize("language", MINUTES)
def test_minutes_keep_what_was_decided_who_does_what_what_is_open_and_forbidden(language):
    result = compress(Source("", MINUTES[language]), options=forced())
    flat = " ".join(result.text.split())
    assert [needed for needed in NEEDED[language] if needed not in flat] == []
    assert [item.who for item in result.digest.actions] == list(TASKS[language])
    assert len(result.text) < 0.85 * len(MINUTES[language])


@pytest.mark.parametrize("layout", ["plain", "protocol"])
@pytest.mark.parametrize("language", CALLS)
def test_a_call_keeps_the_wish_the_numbers_and_what_was_agreed(language, layout):
    result = compress(Source("", CALLS[language]), options=forced(layout=layout))
    bag = {"en": "blue bag in the train", "de": "blaue Tasche im Zug", "zh": "蓝色的包忘在"}[language]
    booking, reference = (
        ("NT40917", "LP2231") if language == "zh" else (("NB" if language == "de" else "NT") + "-40917", "LP-2231")
    )
    agreed = {"en": "lost on 3 May", "de": "verloren am 3. Mai", "zh": "5月3日遗失"}[language]
    post = {"en": "do not send it by post", "de": "nicht mit der Post", "zh": "不要邮寄"}[language]
    assert [part for part in (bag, booking, reference, agreed, post) if part not in result.text] == []
    if layout == "protocol":
        context = next(line for line in result.text.splitlines() if line.startswith(("Context:", "上下文")))
        assert bag in context
        decided = re.split(r"\n(?:Decisions|决策)[:：]", result.text)[1].split("\n- ")[1]
        assert agreed in decided  # and not "Is there a name in the bag? Yes"


@pytest.mark.parametrize(
    ("question", "answer", "leave"),
    [
        ("Shall I delete the old table?", "Yes", True),
        ("Is the cooker working?", "Yes", False),
        ("Did you restart the router?", "Yes, twice.", False),
        ("Sollen wir den Termin verschieben?", "Ja", True),
        ("Ist die Heizung an?", "Ja", False),
        ("要不要换成新的型号？", "好的", True),
        ("指示灯亮着吗？", "对", False),
    ],
)
def test_a_yes_decides_only_what_asked_for_leave(question, answer, leave):
    assert confirms(answer, question) is leave


NAMES = people(["Attendees: Mara Lind, Otto, Pia", "出席：何雷、石敏"])


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ("Otto will paint the door by Friday, and Pia buys the brushes.", [("Otto", "by Friday"), ("Pia", "")]),
        ("Mara returns the keys.", [("Mara", "")]),
        ("Otto asked whether we paint the door.", []),
        ("The door sends a signal.", []),
        ("- Pia: order the paint until 3 June", [("Pia", "until 3 June")]),
        ("- order the paint (Pia, tomorrow)", [("Pia", "tomorrow")]),
        ("Mara holt bis Ende Juni zwei Angebote ein.", [("Mara", "bis Ende Juni")]),
        ("何雷下周三前提交方案。", [("何雷", "下周三前")]),
        ("石敏负责联系厂家。", [("石敏", "")]),
    ],
)
def test_tasks_of_people_whose_names_are_known(said, items):
    found = action_items(said, names=NAMES)
    assert [(item.who, item.when) for item in found] == items
    assert all(part in " ".join(said.split()) for item in found for part in (item.who, item.what, item.when))
    assert not found or told_by(found, said)


def test_a_row_of_a_table_of_tasks_is_one_and_brings_its_head():
    head, rule, row = "| Task | Owner | Due |", "|---|---|---|", "| clean the sieve | Otto | 3 June |"
    assert str(tabled(head, row)) == "Otto — clean the sieve — 3 June"
    assert tabled("| Port | Host | Use |", row) is None
    idle = "The river was calm and nobody had much to say about it on that day, as is so often the case.\n\n"
    text = f"# Works\n\n{idle * 1}{head}\n{rule}\n{row}\n\n" + "".join(
        idle.replace("river", f"lake {n}") for n in "abcdef"
    )
    result = compress(Source("", text), level="aggressive", options=forced(kind="document"))
    assert f"{head}\n{rule}\n{row}" in result.text
    assert [str(item) for item in result.digest.actions] == ["Otto — clean the sieve — 3 June"]


README = """# sieve

[![build](https://ci.example/badge.svg)](https://ci.example)

Sieve finds the stones in a stream of sand.

## Why

{idle}
## Install

```console
$ {command}
```

## Use

{idle}
| Option | Meaning |
|---|---|
| `--mesh` | how fine it is, in mm |

{idle}
"""


@pytest.mark.parametrize("level", ["light", "balanced", "aggressive"])
@pytest.mark.parametrize("command", ["pip install sieve", "cargo add sieve", "npm install --save-dev @sand/sieve"])
def test_a_readme_keeps_its_title_what_it_is_and_how_to_install_it(command, level):
    idle = "".join(f"It has been said in many places, and it is said here number {n} once again.\n" for n in "abcdefg")
    text = README.format(command=command, idle=idle)
    result = compress(Source("README.md", text), level=level, options=forced())
    assert result.text.startswith("# sieve\n")
    assert "Sieve finds the stones" in result.text
    assert command in result.text
    if "--mesh" in result.text:
        assert "| Option | Meaning |\n|---|---|\n" in result.text
    assert {row.code for row in result.digest.rows} >= {"essential:lead", "essential:install"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Wir treffen uns am 14. März im Saal. Danach ist Schluss.", 2),
        ("Das kostet z. B. 30 Euro, d. h. ca. 3 Euro pro Kopf.", 1),
        ("It rained on 3. May be.", 1),
        ("He has 14. Then he left.", 2),
    ],
)
def test_a_number_with_a_full_stop_is_no_end_of_a_sentence_before_a_month(text, count):
    assert len(sentences(text)) == count


# ---------------------------------------------------------------------------------------------------------- the report

SAID = (
    "We decided to paint the door.", "Otto will buy 3 brushes by Friday.", "The pump failed at 14:05.", "It was fixed.",
    "It costs 1,450 EUR.", "The wind was mild and the birds were singing in the trees.", "Is the gate open?", "Yes.",
    "Please do not call before 9.", "It is not yet clear who pays.", "Hello!", "Your order number is K-3391.",
    "Wir haben beschlossen, zu warten.", "Das Tor ist defekt.", "会议决定更换水泵。", "费用由谁承担待确认。",
    "Nobody knew much about it, and so the talk went on for a while.", "The release is blocked by the review.",
)  # fmt: skip
talks = st.lists(st.tuples(st.sampled_from(["User", "Agent", "Mara"]), st.sampled_from(SAID)), min_size=2, max_size=14)
limits = st.one_of(
    st.sampled_from(["lossless", "light", "balanced", "aggressive"]).map(lambda level: {"level": level}),
    st.integers(20, 200).map(lambda budget: {"budget": budget}),
    st.sampled_from([0.1, 0.3, 0.6]).map(lambda rate: {"rate": rate}),
    st.just({"target": "quality>=0.7"}),
)
layouts = st.sampled_from(["plain", "protocol", "contextzip", "retrospective"])


def check(text: str, result: Compressed) -> None:
    """What the report says of a text is so."""
    rows, flat = result.digest.rows, " ".join(result.text.split())
    lines = text.splitlines()
    for row in rows:
        said = " ".join(" ".join(lines[row.start_line - 1 : row.end_line]).split())
        parts = [part for part in SAID if part in said]
        if row.status == "kept" and len(parts) == 1 and said.endswith(parts[0]) and row.code != "head":
            kept = parts[0]
            task = [str(item) for item in result.digest.actions if item.who in kept and item.what in kept]
            assert kept in flat or any(one in flat for one in task), row
    for mark, held, have in result.digest.retention:
        having = [row.status for row in rows if mark in row.marks]
        assert (held, have) == (having.count("kept"), len(having))


@given(talks, limits, layouts, st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_the_report_says_was_kept_is_in_the_text(turns, limit, layout, talk):
    text = "".join(f"{who}: {said}\n" for who, said in turns) if talk else "".join(f"- {said}\n" for _, said in turns)
    options = forced(layout=layout, kind="conversation" if talk else "document")
    try:
        result = compress(Source("", text), options=options, **limit)
    except BudgetTooSmall:
        return
    check(text, result)
    asked = "budget" in limit
    assert all(("budget" in row.reason) <= asked for row in result.digest.rows)


def test_a_reason_names_what_was_asked_for():
    text = "".join(f"- The wind was mild at place {n}{n}, and nobody had more to say of it.\n" for n in range(40))
    for limit, code, words in (
        ({"budget": 150}, "over-budget", "the budget is full"),
        ({"rate": 0.2}, "over-rate", "20 % of the tokens"),
        ({"level": "balanced"}, "over-level", "the level balanced keeps about 30 %"),
    ):
        rows = compress(Source("", text), options=forced(kind="document"), **limit).digest.rows
        dropped = [row for row in rows if row.status == "dropped" and row.role != "redundant"]
        assert dropped
        assert all(row.code.startswith(code) and words in row.reason for row in dropped)


def test_what_went_that_is_critical_is_said_beside_what_was_achieved():
    text = "".join(f"The run number {n}{n} took {n}5 ms on the small machine at place {n}.\n\n" for n in range(40))
    shown = compress(Source("", text), options=forced(kind="document", layout="protocol")).text
    assert re.search(r"Target: 70% \[[\w ]+\]\nCritical parts left out: number: \d+ / 40\n$", shown)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Es wurde einstimmig beschlossen, den Zaun zu streichen.", "decision"),
        ("Es ist noch nicht entschieden, wer kommt.", "pending"),
        ("Der Aufzug ist seit Montag defekt.", "error"),
        ("Die Ursache war ein loses Kabel.", "fix"),
        ("Erst nach der Abnahme wird gezahlt.", "dependency"),
        ("Bitte bis zum 3. Juni antworten.", "action"),
        ("Derzeit laufen 14 von 16 Prüfungen.", "state"),
        ("Ihre Auftragsnummer lautet A-7731.", "reference"),
        ("Im Keller darf nicht geraucht werden.", "prohibition"),
        ("洗衣机漏水了。", "error"),
        ("未经批准不得外借。", "prohibition"),
        ("您的订单号为D20391。", "reference"),
        ("You may not park here.", "prohibition"),
        ("The oven shows code E17.", "error"),
    ],
)
def test_marks_in_three_languages(text, mark):
    assert mark in marks_of(text)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Es ist noch nicht entschieden, wer kommt.", "decision"),
        ("Es lief ohne Fehler.", "error"),
        ("大家尚未达成一致。", "decision"),
        ("Nothing has been agreed yet.", "decision"),
        ("Er ist der Schlüssel zum Erfolg.", "state"),
    ],
)
def test_what_is_denied_is_no_mark(text, mark):
    assert mark not in marks_of(text)


def test_a_readme_with_badges_and_code_is_a_document_and_its_badges_say_nothing():
    badges = "".join(f"[![b{n}](https://img.example/{n}9.svg)](https://ci.example/{n}9)\n" for n in range(8))
    idle = "".join(f"It has been said in many places, and it is said here number {n} once again.\n" for n in "abcdefg")
    code = "```js\nconst a = f(1);\nconst b = g(a);\nif (b) {\n  h(b);\n}\n```\n\n" * 3
    text = f"# sieve\n\n{badges}\nSieve finds the stones in a stream of sand.\n\n## Use\n\n{code}{idle}"
    result = compress(Source("README.md", text), options=forced())
    assert result.digest.kind == "document"
    assert "Sieve finds the stones" in result.text
    assert not any("number" in row.marks for row in result.digest.rows if "badge" in row.section or row.start_line < 11)
