"""How a compressed text is presented: the protocol's header, its templates and its verification, in English and
Chinese.

Every line of content is a sentence of the input, its white space made single, or the parts of one; only titles, counts,
bullets and the dashes between who, what and when are new.
Knows sentences with marks; not how they were chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from longzip.prose.actions import told_by
from longzip.texts.kinds import Kind, Language, words_of
from longzip.texts.levels import GOAL
from longzip.types import ActionItem, Size

KIND_NAMES: Mapping[Language, Mapping[Kind, str]] = {
    "en": {"conversation": "conversation history", "code": "code file", "research": "research results",
           "document": "meeting notes / document", "log": "log"},
    "zh": {"conversation": "对话历史", "code": "代码文件", "research": "研究成果", "document": "会议纪要/文档",
        "log": "日志"},
}  # fmt: skip
UNKNOWN: Mapping[Language, str] = {"en": "unknown", "zh": "未知"}
BULLET = "- "


@dataclass(frozen=True, slots=True)
class Said:
    """A kept sentence. section: the turn or heading it belongs to. source: who says so. cell: its source and unit, by
    index; also: of the question that it answers. items: the tasks in it."""

    text: str
    marks: tuple[str, ...]
    section: str = ""
    source: str = ""
    cell: tuple[int, int] = (-1, -1)
    also: tuple[int, int] = (-1, -1)
    items: tuple[ActionItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a template: what it is called, and the sentences that it takes.

    marks: that a sentence needs one of. one: whether it is one line: the "first" sentence
    with the first of the marks that any has, or the "last" of all; "" for a list. always: whether it is shown when
    empty. parted: whether action items are shown as who — what — when.
    """

    titles: Mapping[Language, str]
    marks: tuple[str, ...]
    one: Literal["", "first", "last"] = ""
    always: bool = False
    parted: bool = False


def part(
    en: str, zh: str, marks: str, one: Literal["", "first", "last"] = "", *, always: bool = False, parted: bool = False
) -> Part:
    return Part({"en": en, "zh": zh}, tuple(marks.split()), one, always, parted)


SUMMARY = (
    part("Context", "上下文", "request goal question", "first", always=True),
    part("Decisions", "决策", "decision", always=True),
    part("Requests", "请求", "request"),
    part("Errors and fixes", "错误与修复", "error fix"),
    part("Dependencies", "依赖关系", "dependency"),
    part("Actions", "行动项", "action", parted=True),
    part("Current status", "当前状态", "state", "last", always=True),
    part("Pending", "待处理", "pending"),
    part("Rules", "规则", "prohibition"),
    part("Facts", "事实", "reference number state"),
)
CONTEXTZIP = (
    part("Task", "任务", "request goal", "first", always=True),
    part("Context", "背景", "state step", always=True),
    part("Constraints", "约束", "prohibition constraint dependency", always=True),
    part("Known Facts", "已知事实", "decision number reference fix primary action", always=True),
    part("Open Issues", "未决问题", "error pending question hedge", always=True),
)
RETROSPECTIVE = (
    part("Requests", "请求", "request", always=True),
    part("Decisions", "决策", "decision", always=True),
    part("Errors and fixes", "错误与修复", "error fix", always=True),
    part("Outcomes", "结果", "state", always=True),
    part("Timeline", "时间线", "action step number", always=True),
)


def header(kind: Kind, before: Size, after: Size, language: Language) -> str:
    """The five lines that every compressed text starts with."""
    n, m, unit = counted(kind, before, after, language)
    name, saved = KIND_NAMES[language][kind], percent(n, m)
    if language == "zh":
        return (
            f"CONTEXT COMPRESSOR\n类型    : {name}\n压缩前  : 约{n:,}个{unit}\n"
            f"压缩后  : 约{m:,}个{unit}\n节省占比: 约{saved}%的缩减比例"
        )
    return (
        f"CONTEXT COMPRESSOR\nType    : {name}\nBefore  : ~{n:,} {unit}\nAfter   : ~{m:,} {unit}\nSaving  "
        f": ~{saved}% reduction"
    )


def verification(
    kind: Kind, before: Size, after: Size, language: Language, lost: Sequence[tuple[str, int, int]] = ()
) -> str:
    """What the protocol verifies: sizes, whether seven tenths are gone, and what went that is critical: (mark, kept,
    all)."""
    n, m, unit = counted(kind, before, after, language)
    saved, achieved = percent(n, m), m <= (1 - GOAL) * n
    left = ("；" if language == "zh" else ", ").join(f"{mark}: {have - held} / {have}" for mark, held, have in lost)
    if language == "zh":
        gone = f"\n略去的关键内容: {left}" if left else ""
        return (f"原始大小   : 约{n:,}个{unit}\n压缩后大小 : 约{m:,}个{unit}\n压缩率     : 约{saved}%的缩减比例\n\n"
                f"目标:70% [{'已达成' if achieved else '未达成'}]{gone}")  # fmt: skip
    gone = f"\nCritical parts left out: {left}" if left else ""
    return (f"Original size   : ~{n:,} {unit}\nCompressed size : ~{m:,} {unit}\nCompression     : ~{saved}% "
            "reduction\n\n"
            f"Target: 70% [{'Achieved' if achieved else 'Below target'}]{gone}")  # fmt: skip


def counted(kind: Kind, before: Size, after: Size, language: Language) -> tuple[int, int, str]:
    """Sizes before and after in the unit that fits the kind: lines of code and logs, words of prose."""
    if kind in ("code", "log"):
        return before.lines, after.lines, "行" if language == "zh" else "lines"
    return before.words, after.words, "单词" if language == "zh" else "words"


def percent(before: int, after: int) -> int:
    return round(100 * (1 - after / before)) if before else 0


def size_of(text: str, tokens: int) -> Size:
    return Size(words_of(text), text.count("\n") + (not text.endswith("\n") and bool(text)), tokens)


def conversation(said: Sequence[Said], messages: int, language: Language) -> str:
    """The protocol's summary of a conversation."""
    body = parts(SUMMARY, said, language)
    lines = body.count("\n") + 1
    title = (
        f"[对话总结 — 原{messages}条消息 → 现{lines}行]"
        if language == "zh"
        else f"[CONVERSATION SUMMARY — {messages} messages -> {lines} lines]"
    )
    return f"{title}\n{body}"


def parts(template: Sequence[Part], said: Sequence[Said], language: Language) -> str:
    """The parts of a template with their sentences."""
    found: list[str] = []
    colon = "：" if language == "zh" else ":"
    for one, own in zip(template, allotted(template, said), strict=True):
        title = one.titles[language]
        if one.one:
            found.append(f"{title}{colon} {own[0].text if own else UNKNOWN[language]}")
        elif own:
            found += [f"{title}{colon}", *(f"{BULLET}{line}" for item in own for line in lines_of(one, item))]
        elif one.always:
            found.append(f"{title}{colon} {'无' if language == 'zh' else 'none'}")
    return "\n".join(found)


def allotted(template: Sequence[Part], said: Sequence[Said]) -> list[list[Said]]:
    """The sentences of each part; each in the first part that takes it, those of one line before the lists."""
    taken: set[int] = set()
    found: list[list[Said]] = [[] for _ in template]
    for place, one in sorted(enumerate(template), key=lambda item: not item[1].one):
        own = [
            index for index, item in enumerate(said) if index not in taken and not set(one.marks).isdisjoint(item.marks)
        ]
        if one.one:
            own = (
                own[-1:]
                if one.one == "last"
                else sorted(own, key=lambda index: first_of(one.marks, said[index].marks))[:1]
            )
        taken.update(own)
        found[place] = [said[index] for index in own]
    return found


def lines_of(one: Part, item: Said) -> list[str]:
    """The sentence; where tasks are parted, who — what — when, one a line, if that says what the sentence says."""
    return [str(task) for task in item.items] if one.parted and told_by(item.items, item.text) else [item.text]


def first_of(wanted: Sequence[str], have: Sequence[str]) -> int:
    """The place of the first wanted mark that is there."""
    return next((place for place, mark in enumerate(wanted) if mark in have), len(wanted))


@dataclass(frozen=True, slots=True)
class Findings:
    """What a summary of research shows. topic: what was looked for. items, contradictions: sentences; absent: words of
    the question that no source has."""

    topic: str
    sources: int
    items: Sequence[Said]
    contradictions: Sequence[tuple[Said, Said]]
    unverified: Sequence[Said]
    absent: Sequence[str]


def research(found: Findings, language: Language) -> str:
    """The protocol's summary of research."""
    zh = language == "zh"
    title = (
        f"[研究总结 — 原{found.sources}个来源 → 现{len(found.items)}项内容]"
        if zh
        else f"[RESEARCH SUMMARY — {found.sources} sources -> {len(found.items)} items]"
    )
    lines = [title, f"{'主题：' if zh else 'Topic: '}{found.topic}", "", "关键发现：" if zh else "Key findings:"]
    lines += [f"{BULLET}{item.text}{sourced(item, language)}" for item in found.items]
    if found.contradictions:
        lines += ["", "矛盾点：" if zh else "Contradictions:"]
        says, apart = ("称", "；") if zh else (" says: ", " / ")
        lines += [
            f"{BULLET}{one.source or 'A'}{says}{one.text}{apart}{other.source or 'B'}{says}{other.text}"
            for one, other in found.contradictions
        ]
    missing = [
        *(item.text for item in found.unverified),
        *((f"{'未找到：' if zh else 'nothing found on: '}{', '.join(found.absent)}",) if found.absent else ()),
    ]
    if missing:
        lines += ["", "缺失/未验证内容：" if zh else "Missing / unverified:", *(f"{BULLET}{text}" for text in missing)]
    return "\n".join(lines)


def sourced(item: Said, language: Language) -> str:
    if not item.source:
        return ""
    return f"（来源：{item.source}）" if language == "zh" else f" (Source: {item.source})"


def contextzip(said: Sequence[Said], before: Size, after_percent: int, language: Language) -> str:
    """ContextZip's blocks; the estimate is measured."""
    estimate = (
        f"{'压缩估计：' if language == 'zh' else 'Compression Estimate: '}{after_percent}% ({before.tokens:,} tokens)"
    )
    return f"{parts(CONTEXTZIP, said, language)}\n{estimate}"


def retrospective(said: Sequence[Said], language: Language) -> str:
    """What a review of a session asks for."""
    return parts(RETROSPECTIVE, said, language)


def code_title(before: int, after: int, language: Language) -> str:
    return (
        f"[已压缩 — 原约{before}行 → 现约{after}行]"
        if language == "zh"
        else f"[COMPRESSED — original: ~{before} lines -> now: ~{after} lines]"
    )
