"""What in a text must not get lost: decisions, errors and fixes, numbers, dependencies, actions, state, requests.

Rules are a plain list, English and Chinese, that users may add to. A mark is a claim about one unit (a sentence, a line),
made from its words alone; what is asked ("should we use X?") is no decision.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from longzip.lexical import terms
from longzip.texts.kinds import Kind

CRITICAL = ("decision", "error", "fix", "dependency", "action", "state", "pending", "number")
KEPT_FIRST = CRITICAL[:-1]


@dataclass(frozen=True, slots=True)
class Rule:
    """A mark and the pattern that earns it. unless: a pattern that forfeits it. asked: whether questions may earn it."""

    mark: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    asked: bool = False


def rule(mark: str, pattern: str, unless: str = "", *, asked: bool = False, case: bool = False) -> Rule:
    flags = re.NOFLAG if case else re.I
    return Rule(mark, re.compile(pattern, flags), re.compile(unless, re.I) if unless else None, asked)


NOT_FAILED = (
    r"\b(?:0|no|without|zero) (?:errors?|failures?|failed|warnings?)\b|\b(?:errors?|failures?|failed)[=: ]+0\b|\bPASSED\b|\bok\b\s*$|"
    r"-Werror|error[_-]?(?:log|page|handler)|\bxfail|\bif (?:it|this|that|anything) fails?\b"
)
RULES: tuple[Rule, ...] = (
    rule("decision", r"\b(?:we|i|they|team|group|everyone|committee)(?:'ve| have|'ll| will)? (?:\w+ )?(?:decided?|agreed?|chose|chosen|concluded?|settled|opted|picked)\b"
         r"|\b(?:decision|conclusion|resolution|verdict|outcome)(?:s)?\s*[:：]|\b(?:was|were|is|been|get|are) (?:chosen|selected|approved|rejected|adopted|decided|agreed)\b"
         r"|\blet'?s (?:go with|use|do|stick with|take|switch to|keep)\b|\bwe(?:'ll| will|'re going to| are going to) (?:use|go with|adopt|switch|keep|drop|ship)\b"
         r"|\bgoing with\b|\bin conclusion\b|决定|选定|选择了|采用|敲定|结论|同意|确定(?:用|为|使用)|拍板|否决", r"\b(?:not|n't|haven't|undecided|yet to be|tbd)\b[^.]*\bdecide|尚未决定|未决定|还没决定|not decided"),
    rule("error", r"\b(?:errors?|exception|fail(?:s|ed|ing|ures?)?|fatal|panic(?:ked)?|traceback|crash(?:e[sd]|ing)?|segfault|segmentation fault|assertion(?:error)?|"
         r"denied|refused|timed? ?out|unable to|could ?n[o']t|cannot|undefined reference|no such file|not found|killed|out of memory|oom|abort(?:ed|ing)?|bug|broken|regression)\b"
         r"|(?-i:\w+(?:Error|Exception|Fault|Failure)\b)|^[E>] {2,}\S|: \*\*\* |\b(?:exit(?:ed)?|returned)(?: with)?(?: code| status)?[ :=]+(?:[1-9]|non-?zero)|npm ERR!|##\[error\]|\b[EF]\d{3,4}\b|✗|错误|失败|异常|崩溃|报错|漏洞|故障", NOT_FAILED),
    rule("fix", r"\b(?:fix(?:ed|es)?|resolved?|solved|solution|work-?around|patched|corrected|root cause|the (?:cause|problem|issue|reason) (?:was|is)|turned out|reverted|mitigat\w+)\b"
         r"|修复|解决(?:了|方案)?|原因是|根因|修正|回滚"),
    rule("dependency", r"\b(?:must|has to|have to|needs? to|should) (?:\w+ ){0,4}(?:before|after|first|until)\b|\bdepends? (?:up)?on\b|\bblocked (?:by|on|until)\b|\bprerequisite|"
         r"\brequires?\b|\bonly (?:after|once|when|if)\b|\b(?:before|after) \w+(?: \w+){0,4} can\b|必须在|之前完成|依赖|取决于|先.{1,12}(?:再|才能)|前提"),
    rule("action", r"\b(?:action items?|todo|to-do|next steps?|follow[- ]?up|assigned to|owner|due|deadline|responsible)\b|\[ \]"
         r"|\b(?-i:[A-Z][a-z]+) (?:will|should|is going to|shall|needs to) (?!be\b|have\b)[a-z]{3,}|^\W*(?-i:[A-Z][a-z]+) to [a-z]{3,}|\b(?:I|we)(?:'ll| will) (?!be\b|use\b|see\b|have\b|list\b|explain\b|think\b|say\b|talk\b|assume\b|show\b|try\b|need\b|get\b|know\b|want\b|like\b|just\b|now\b|also\b|not\b|never\b|always\b|probably\b)[a-z]{3,}"
         r"|\bby (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight|eod|end of|next|\d)|负责|截止|跟进|待办|行动项|下一步|完成时间", r"\bnext steps?\?$"),
    rule("state", r"\b(?:currently|so far|as of (?:now|today|\d)|status|up to date|now (?:at|on|in|uses?|runs?|works?|passes)|latest version|current (?:version|config\w*|state|value|status|plan)|"
         r"(?:is|are|has been|have been) (?:now )?(?:done|complete[d]?|finished|deployed|merged|running|live|released|in progress|ready|enabled|disabled)|remaining)\b"
         r"|all (?:\w+ )?tests pass|当前|目前|现在|最新版本|已完成|进行中|已部署|状态[:：]|正在"),
    rule("request", r"^\W*(?:please|can you|could you|would you|i (?:need|want|would like|'d like)|help|make sure|add|fix|write|create|implement|update|remove|change|show|explain|find|build|use|don't|do not|never|always)\b"
         r"|请|帮我|我(?:想|需要|要)|能不能|麻烦|务必|不要", asked=True),
    rule("question", r"[?？]\s*[\"'”’)\]]*\s*$", asked=True),
    rule("pending", r"\b(?:not (?:yet )?(?:decided|resolved|clear|determined|agreed)|undecided|tbd|open question|still (?:need|to be|unclear|open|deciding|have to)|haven't decided|pending|unresolved|to be (?:decided|determined|discussed))\b"
         r"|尚未|待定|未决|还没(?:有)?(?:决定|确定)|待处理|待确认", asked=True),
    rule("rationale", r"\b(?:because|since|so that|due to|the reason|therefore|as a result|in order to|otherwise)\b|因为|由于|所以|因此|为了|以便"),
    rule("alternative", r"\b(?:instead of|rather than|rejected|ruled out|discarded|considered|alternatives?|(?:decided|voted) against|not going with|too (?:slow|expensive|complex|risky|costly))\b|而不是|排除|放弃|备选|替代"),
    rule("constraint", r"\b(?:must(?: not)?|never|always|at (?:most|least)|no more than|limit(?:ed)?|budget|constraint|only|required|mandatory|forbidden)\b|必须|不得|至少|至多|最多|限制|只能", asked=True),
    rule("goal", r"\b(?:goal|objective|aim|purpose|we want|the task|scope)\b|目标|目的|任务"),
    rule("step", r"^\W*(?:\d+[.)]|next|then|finally|first|second|third|after that)\b|\bwe plan to\b|\bplan(?:s|ned)? (?:is|to)\b|接下来|计划|下一步", asked=True),
    rule("hedge", r"\b(?:unclear|unverified|could not (?:be )?(?:verif\w+|confirm\w*|found?)|not (?:verified|confirmed|known|available|reported)|allegedly|no (?:data|information|evidence)|unknown|reportedly)\b|不清楚|未经证实|未证实|无法确认|未找到|不确定|未知"),
    rule("primary", r"\b(?:we (?:measured|found|observed|surveyed|report|show)|study|survey|trial|dataset|official|census|experiment|benchmark|measured|peer[- ]reviewed|according to)\b|研究(?:表明|发现)|调查|官方|数据显示|实验|测得|论文"),
    rule("example", r"\b(?:for example|e\.g\.|for instance|such as|example:)|例如|比如|举例"),
    rule("number", r"(?:[$€£¥]\s?\d|\d[\d.,]*\s?(?:%|％|ms\b|s\b|sec|min(?:ute)?s?\b|h\b|hours?\b|days?\b|weeks?\b|months?\b|years?\b|[KMGT]i?B\b|bytes?|tokens?\b|x\b|k\b|m\b|million|billion|USD|EUR|dollars|euros?|users?\b|requests?|req/s|rps|km\b|kg\b|元|万|亿|年|月|日|个|次|倍|毫秒|秒|分钟|小时)|"
         r"\bv?\d+\.\d+(?:\.\d+)*\b|\b\d{4}-\d\d-\d\d\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}\b|\b(?:19|20)\d\d\b|\b\d{2,}\b)"),
)  # fmt: skip
GREETING = re.compile(
    r"\W*(?:(?:hi|hey|hello|good (?:morning|afternoon|evening|day)|greetings|dear)(?:[ ,]+(?:there|all|everyone|team|guys|folks|[A-Z]\w+))?|how are you(?: doing| today)?|(?:i )?hope (?:you are|you're|this finds you)[\w ]*|"
    r"nice to (?:meet|see) you|welcome(?: everyone| back)?|bye|goodbye|see you(?: later| soon)?|take care|best(?: regards)?|cheers|have a (?:great|nice|good) \w+|你好|您好|大家好|早上好|下午好|晚上好|再见|拜拜)(?:[ ,，]*[A-Z]\w+)?\W*$",
    re.I,
)
THANKS = re.compile(
    r"\W*(?:(?:ok(?:ay)?|k|sure|got it|i see|great|perfect|awesome|cool|nice|alright|right|yes|yeah|yep|no problem|you'?re welcome|sounds good|makes sense|understood|noted|of course|certainly|absolutely|good|fine|exactly|"
    r"thanks?(?: you)?(?: (?:so|very) much| a lot| again)?|thx|much appreciated|will do|mm-?hmm|uh-?huh|hm+|oh|wow|lol|haha\w*|no worries|happy to help|great question|let me know if (?:you )?[\w' ]*|"
    r"好的?|明白了?|知道了|收到|谢谢(?:你|您|了)?|多谢|没问题|嗯+|可以|行|不客气|了解)[\s,.!。，！、]*)+$",
    re.I,
)
LISTED = re.compile(r"\s*(?:```(?!text\b|console\b)\w|\d+\s*(?:→|\||\t)|[+-]\s{2,}\S|\d{1,5}[:-]\s{2,})")  # a fenced block of code; a line with its number, as tools print files; a diff
CODE = re.compile(
    r"[{};]\s*$|=>\s*$|^\s*(?://|/\*|\*/|#include\b)"
    r"|^\s*(?:func|fn|def|class|return|import|const|let|var|public|private|static|package|case|elif|except|if err)\b.*[(){}:;=,]\s*$"
)
REPORTED = re.compile(r"^\W*(?:\w+\.)*\w*(?:Error|Exception)\b[:(]|^\W*(?:ERROR|FATAL|FAILED|Traceback|panic:|E  )")
ANSWER_CHARACTERS = 40
SAID = 2  # telling words of a question that can be agreed to
ANSWERS = re.compile(r"\W*(?:ok(?:ay)?|sure|yes|yeah|yep|no|nope|right|sounds good|go ahead|do it|fine|agreed|good|好的?|可以|行|是的?|不|嗯)\b", re.I)


def is_listing(text: str) -> bool:
    """Whether a line is a piece of code or of a listing of it, and reports nothing: in ``if err != nil`` nothing went wrong."""
    return (LISTED.match(text) is not None or CODE.search(text) is not None) and REPORTED.search(text) is None


def marks_of(text: str, rules: Sequence[Rule] = RULES) -> tuple[str, ...]:
    """The marks that a sentence or line earns, each once, in the order of the rules; a line of code earns none."""
    if is_listing(text):
        return ()
    asked = text.rstrip().endswith(("?", "？"))
    found = [
        one.mark for one in rules
        if (one.asked or not asked) and one.pattern.search(text) and not (one.unless is not None and one.unless.search(text))
    ]  # fmt: skip
    return tuple(dict.fromkeys(found))


def filler(text: str, before: str) -> str:
    """"greeting" or "acknowledgement" for a sentence that is nothing else; "" otherwise.

    before: the sentence before it. What answers a question is no filler: after "Delete it?" a "yes" is a decision.
    """
    if GREETING.match(text):
        return "greeting"
    if THANKS.match(text) and not answers(text, before):
        return "acknowledgement"
    return ""


def answers(text: str, before: str) -> bool:
    """Whether a sentence says yes or no to the question before it."""
    return before.rstrip().endswith(("?", "？")) and len(text) <= ANSWER_CHARACTERS and ANSWERS.match(text) is not None


def confirms(text: str, before: str) -> bool:
    """Whether a sentence answers a question that says something: then both together are a decision."""
    return answers(text, before) and not text.rstrip().endswith(("?", "？")) and len(terms(before)) >= SAID


def is_critical(marks: Sequence[str], kind: Kind) -> bool:
    """Whether a unit is never discarded: of numbers, in documents only; of all other marks, in all but logs, where nearly
    every line states a number, an action and a state."""
    wanted = CRITICAL if kind in ("document", "research") else ("error", "fix") if kind == "log" else KEPT_FIRST
    return any(mark in marks for mark in wanted)
