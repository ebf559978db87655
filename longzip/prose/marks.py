"""What a sentence or line does, by the words that give it away, in English and Chinese: a decision, an error, a
request.

A cue is a pattern, so a mark is a guess with a reason that can be shown; a sentence may have several. What is asked
("should we use X?") is no decision, and a line of code does nothing. It knows nothing of messages, kinds of text or
budgets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from longzip.scoring.terms import terms

Mark = Literal[
    "decision", "rejected", "error", "fix", "dependency", "action", "state", "request", "question", "pending", "rationale",
    "alternative", "constraint", "goal", "step", "hedge", "primary", "example", "number",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """A mark and the pattern that earns it. unless: a pattern that forfeits it. asked: whether questions may earn
    it."""

    mark: Mark
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    asked: bool = False


def rule(mark: Mark, pattern: str, unless: str = "", *, asked: bool = False) -> Rule:
    return Rule(mark, re.compile(pattern, re.I), re.compile(unless, re.I) if unless else None, asked)


QUESTION = re.compile(
    r"[?？]\s*[\"'”’)\]*]*\s*$|^(?:should|shall|what|which|who|why|how|when|where|can|could|would|do|does|did|is|are)\b[^?]*\?",
    re.I,
)
NOT_FAILED = (
    r"\b(?:0|no|without|zero) (?:errors?|failures?|failed|warnings?)\b|\b(?:errors?|failures?|"
    r"failed)[=: ]+0\b|\bPASSED\b|\bok\b\s*$|"
    r"-Werror|error[_-]?(?:log|page|handler)|\bxfail|\bif (?:it|this|that|anything) fails?\b"
)
ADOPTED = (
    r"(?:use|go(?:ing)? with|adopt|switch(?:ing)? to|stick(?:ing)? with|mov(?:e|ing) to|keep(?:ing)?|tak(?:e|ing))"
)
DOES = (
    r"(?:add|fix|write|update|remove|send|check|deploy|merge|test|review|rename|move|run|deliver|"
    r"finish|investigate|call|prepare|draft|schedule|set up|"
    r"file|open|post|share|document|organi[sz]e|order|publish|ship|ask|take care|look into|clean up|"
    r"follow up|create|present|lead|own|confirm|contact|implement|migrate|define|report|propose)"
)
DONE = (
    r"(?:added|fixed|written|updated|removed|sent|checked|deployed|merged|tested|reviewed|renamed|moved|"
    r"run|delivered|finished|investigated|called|prepared)"
)
RULES: tuple[Rule, ...] = (
    rule("decision", r"\b(?:we|i|they|team|group|everyone|committee)(?:'ve| have| had|'ll| will)? (?:\w+ )?(?:decided?|" r"agreed?|chose|chosen|concluded?|settled|opted|picked)\b"
         r"|\b(?:decision|conclusion|resolution|verdict|outcome|agreed|decided|final " r"answer)(?:s)?\s*[:：]|\b(?:was|were|is|been|get|are) (?:chosen|selected|approved|rejected|" r"adopted|decided|agreed)\b"
         rf"|\blet(?:'?s| us) (?:do|ship|drop|{ADOPTED})\b|\b(?:we|i)(?:'ll| will|'re going to| are " rf"going to|'m going to| should) (?:ship|drop|{ADOPTED})\b"
         r"|\b(?:go|going|went) with\b|\bsettled? on\b|\bswitch(?:ed|ing) to\b|\bin conclusion\b|\bI " r"recommend\b|决定|选定|选择了|采用|改用|敲定|结论|同意|确定(?:用|为|使用)|拍板|否决",
         r"\b(?:not|n't|haven't|undecided|yet to be|tbd)\b[^.]*\bdecide|尚未决定|未决定|还没决定|not decided"),
    rule("rejected", r"\b(?:rejected|ruled out|(?:decided|voted|argued) against|won't use|will not use|not (?:going to " r"use|going with)|abandon(?:ed)?|discard(?:ed)? (?:the )?(?:idea|option)|overruled|turned down)\b|" r"放弃|否决|不采用|排除"),
    rule("error", r"\b(?:errors?|exception|fail(?:s|ed|ing|ures?)?|fatal|panic(?:ked)?|traceback|crash(?:e[sd]|" r"ing)?|segfault|segmentation fault|assertion(?:error)?|"
         r"denied|refused|timed? ?out|(?<!\bi['’]m )(?<!\bu['’]re )(?<!\bi am )unable to|(?<!\bi " r")could ?n[o']t|cannot|undefined reference|is undefined|no such file|not found|killed|out " r"of memory|oom|abort(?:ed|ing)?|bug|broken|regression)\b"
         r"|\b(?-i:\w+(?:Error|Exception|Fault|Failure)\b)|^[E>] {2,}\S|: \*\*\* |\b(?:exit(?:ed)?|" r"returned)(?: with)?(?: code| status)?[ :=]+(?:[1-9]|non-?zero)|npm ERR!|##\[error\]|" r"\b[EF]\d{3,4}\b|✗|错误|失败|异常|崩溃|报错|漏洞|故障|超时", NOT_FAILED),
    rule("fix", r"\b(?:fix(?:ed|es)?|resolved?|solved|solution|work-?around|patched|corrected|root cause|the " r"(?:cause|problem|issue|reason) (?:was|is)|turned out|reverted|mitigat\w+|(?:works|passes) now)\b"
         r"|修复|解决(?:了|方案|办法)?|原因是|根因|修正|回滚"),
    rule("dependency", r"\b(?:must|has to|have to|needs? to|should) (?:\w+ ){0,4}(?:before|after|first|until)\b|" r"\bdepends? (?:up)?on\b|\bblocked (?:by|on|until)\b|\bprerequisite|"
         r"\brequires?\b|\bonly (?:after|once|when|if)\b|\b(?:before|after) \w+(?: \w+){0,4} can\b|" r"必须在|之前完成|之前必须|之后才|依赖|取决于|先.{1,12}(?:再|才能)|前提"),
    rule("action", r"\b(?:action items?|todo|fixme|to-do|next steps?|follow[- ]?up|remaining|assigned to|owner|" r"due(?! to)|deadline|responsible)\b|\[ \]"
         r"|\b(?!(?:it|this|that|there|these|those|they|you|then|which|what)\b)(?-i:[A-Z][a-z]+) " rf"(?:will|should|must|has to|is going to|shall|needs to) (?!be\b|have\b)[a-z]{{3,}}|" rf"^\W*(?-i:[A-Z][a-z]+) to {DOES}\b|\b(?:I|we)(?:'ll| will) (?!be\b)(?:now |also |then " rf")?{DOES}\b"
         rf"|\b(?:needs? to|must|have to|has to|should|will) be {DONE}\b|\b(?:I|we) (?:still |also |" rf"really )?(?:need to|must|have to|should) {DOES}\b"
         r"|\bby (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight|eod|end " r"of|next|\d)|负责|截止|跟进|待办|行动项|下一步|完成时间", r"\bnext steps?\?$|\b(?:let me know|(?:if|once|when) you|please (?:confirm|provide|share))\b"),
    rule("state", r"\b(?:currently|so far|as of (?:now|today|\d)|status|up to date|now (?:at|on|in|uses?|runs?|" r"works?|passes)|latest version|current (?:version|config\w*|state|value|status|plan)|"
         r"(?:is|are|has been|have been) (?:now )?(?:done|complete[d]?|finished|deployed|merged|" r"running|live|released|in progress|ready|enabled|disabled|blocked))\b"
         r"|all (?:\w+ )?tests pass|\b\d+ (?:tests? )?passed\b|^\W*(?:done|completed?|finished|" r"deployed|merged|committed)\b|当前|目前|现在|最新版本|已完成|进行中|已部署|已合并|就绪|阻塞|状态[:：]|正在"),
    rule("request", r"^\W*(?:please|pls|can you|could you|would you|i(?: need|'d like| want| would like)|help|make " r"sure|let's|now|don't|do not|never|always)\b"
         r"|^\W*(?:add|build|change|check|compare|create|debug|delete|describe|do|explain|find|fix|" r"implement|improve|investigate|list|look|make|move|"
         r"read|refactor|remove|rename|replace|research|review|rewrite|run|search|show|sort|split|" r"summari[sz]e|take|tell|test|translate|update|use|write)\b"
         r"|请|帮我|我(?:想|需要|要)|能不能|麻烦|务必|不要", asked=True),
    Rule("question", QUESTION, asked=True),
    rule("pending", r"\b(?:not (?:yet )?(?:decided|resolved|clear|determined|agreed)|undecided|tbd|open question|" r"still (?:need|to be|unclear|open|deciding|have to)|haven't decided|pending|unresolved|to be " r"(?:decided|determined|discussed))\b"
         r"|尚未|待定|未决|还没(?:有)?(?:决定|确定)|待处理|待确认", asked=True),
    rule("rationale", r"\b(?:because|since|so that|due to|the reason|therefore|as a result|in order to|otherwise)\b|因为|" r"由于|所以|因此|为了|以便"),
    rule("alternative", r"\b(?:instead of|rather than|rejected|ruled out|discarded|considered|alternatives?|(?:decided|" r"voted) against|not going with|too (?:slow|expensive|complex|risky|costly))\b|而不是|排除|放弃|备选|替代"),
    rule("constraint", r"\b(?:must(?: not|n't)?|never|always|do not|don't|at (?:most|least)|no more than|limit(?:ed)?|" r"budget|constraint|only|required?|requirement|mandatory|forbidden|make sure|ensure|without|avoid|" r"prefer|important)\b"
         r"|必须|不得|不要|不能|禁止|务必|注意|至少|至多|最多|限制|只能", asked=True),
    rule("goal", r"\b(?:goal|objective|aim|purpose|we want|the task|scope)\b|目标|目的|任务"),
    rule("step", r"^\W*(?:\d+[.)]|next|then|finally|first|second|third|after that)\b|\bwe plan to\b|\bplan(?:s|" r"ned)? (?:is|to)\b|接下来|计划|下一步", asked=True),
    rule("hedge", r"\b(?:unclear|unverified|could not (?:be )?(?:verif\w+|confirm\w*|found?)|not (?:verified|" r"confirmed|known|available|reported)|allegedly|no (?:data|information|evidence)|unknown|" r"reportedly)\b|不清楚|未经证实|未证实|无法确认|未找到|不确定|未知"),
    rule("primary", r"\b(?:we (?:measured|found|observed|surveyed|report|show)|study|survey|trial|dataset|official|" r"census|experiment|benchmark|measured|peer[- ]reviewed|according to)\b|研究(?:表明|发现)|调查|官方|数据显示|实验|" r"测得|论文"),
    rule("example", r"\b(?:for example|e\.g\.|for instance|such as|example:)|例如|比如|举例"),
    rule("number", r"(?:[$€£¥]\s?\d|\d[\d.,]*\s?(?:%|％|ms\b|s\b|sec|min(?:ute)?s?\b|h\b|hours?\b|days?\b|weeks?\b|" r"months?\b|years?\b|[KMGT]i?B\b|bytes?|tokens?\b|x\b|k\b|m\b|million|billion|USD|EUR|dollars|" r"euros?|users?\b|requests?|req/s|rps|km\b|kg\b|元|万|亿|年|月|日|个|次|倍|毫秒|秒|分钟|小时)|"
         r"\bv?\d+\.\d+(?:\.\d+)*\b|\b\d{4}-\d\d-\d\d\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|" r"nov|dec)[a-z]*\.? \d{1,2}\b|\b(?:19|20)\d\d\b|\b\d{2,}\b)"),
)  # fmt: skip

GREETINGS = (
    r"(?:hi|hey|hello|good (?:morning|afternoon|evening|day|luck)|greetings|dear)(?:[ ,]+(?:there|all|"
    r"everyone|again|team|guys|folks|(?-i:[A-Z])\w+))?|"
    r"how are you(?: doing| today)?|(?:i )?hope (?:you are|you're|this finds you)[\w ]*|nice to "
    r"(?:meet|see) you|welcome(?: everyone| back)?|bye|goodbye|"
    r"see you(?: all)?(?: later| soon| then| tomorrow| next \w+| all)?|take care|best(?: regards)?|"
    r"cheers|have a (?:great|nice|good) \w+|你好|您好|大家好|早上好|下午好|晚上好|再见|拜拜"
)
ACKNOWLEDGEMENTS = (
    r"ok(?:ay)?|k|sure|got it|i see|great|perfect|awesome|cool|nice|alright|right|yes|yeah|yep|no "
    r"problem|you'?re welcome|sounds good|makes sense|"
    r"understood|noted|of course|certainly|absolutely|good|fine|exactly|my pleasure|thanks?(?: "
    r"you)?(?: (?:so|very) much| a lot| again| all| everyone| team)?|thx|"
    r"for (?:your|the) (?:help|patience|understanding)|much appreciated|will do|mm-?hmm|uh-?huh|hm+|"
    r"oh|wow|lol|haha\w*|no worries|happy to help|"
    r"great question|let me know if (?:you )?[\w' ]*|好的?|明白了?|知道了|收到|谢谢(?:你|您|了)?|多谢|没问题|嗯+|可以|行|不客气|了解"
)
GREETING = re.compile(rf"\W*(?:{GREETINGS})(?:[ ,，]*(?-i:[A-Z])\w+)?\W*$", re.I)
PLEASANTRIES = re.compile(rf"\W*(?:(?>{GREETINGS}|{ACKNOWLEDGEMENTS})(?![A-Za-z0-9])[\s,.!~。，！、]*+)++\W*$", re.I)
LONGEST_PLEASANTRY = 120  # characters
ANSWERS = re.compile(
    r"\W*(?:(?:yes|yep|yeah|y|sure|ok(?:ay)?|right|correct|exactly|agreed|go ahead|do it|please do|"
    r"sounds good|lgtm|good|fine|no|nope|not yet|neither|both|none)\b|"
    r"是的?|对|好的?|可以|行|不是|不要|不|没错|嗯)",
    re.I,
)
TELLING = re.compile(
    r"\b(?:can|could|would|will|may) (?:you|i|we) (?:please )?(?:provide|tell|give|share|describe|let "
    r"me know|have your|know)\b",
    re.I,
)
ANSWER_CHARACTERS = 40
SAID = 2  # telling words of a question that can be agreed to
# What an agent says that it is about to do, which the next message then shows.
NARRATION = re.compile(
    r"^(?:(?:now|next|first|then|ok(?:ay)?|great|good|perfect)[,.! ]+)*(?:let me|let's (?:check|look|"
    r"see|start|try|find|run)|i'?ll (?:now |also |first )?"
    r"(?!use|go with|keep|adopt)|i'm going to|i am going to|i need to)\b",
    re.I,
)
LISTED = re.compile(
    r"\s*(?:```(?!text\b|console\b)\w|\d+\s*(?:→|\||\t)|[+-]\s{2,}\S|\d{1,5}[:-]\s{2,})"
)  # a fenced block of code; a line with its number, as tools print files; a diff
CODE = re.compile(
    r"[{};]\s*$|=>\s*$|^\s*(?://|/\*|\*/|#include\b)"
    r"|^\s*(?:func|fn|def|class|return|import|const|let|var|public|private|static|package|case|elif|"
    r"except|if err)\b.*[(){}:;=,]\s*$"
)
REPORTED = re.compile(r"^\W*(?:\w+\.)*\w*(?:Error|Exception)\b[:(]|^\W*(?:ERROR|FATAL|FAILED|Traceback|panic:|E  )")


def is_question(text: str) -> bool:
    return QUESTION.search(text) is not None


def is_listing(text: str) -> bool:
    """Whether a line is a piece of code or of a listing of it, and reports nothing: in ``if err != nil`` nothing went
    wrong."""
    return (LISTED.match(text) is not None or CODE.search(text) is not None) and REPORTED.search(text) is None


def marks_of(text: str, rules: Sequence[Rule] = RULES) -> tuple[Mark, ...]:
    """The marks that a sentence or line earns, each once, in the order of the rules; a line of code earns none."""
    if is_listing(text):
        return ()
    asked = is_question(text)
    found = [
        one.mark for one in rules
        if (one.asked or not asked) and one.pattern.search(text) and not (one.unless is not None and one.unless.search(text))
    ]  # fmt: skip
    return tuple(dict.fromkeys(found))


def filler(text: str, before: str = "") -> Literal["greeting", "acknowledgement", ""]:
    """What a sentence is that is nothing else; "" for one that says something.

    before: the sentence before it. What answers a question is no filler: after "Delete it?" a "yes" is a decision.
    """
    if len(text) > LONGEST_PLEASANTRY:
        return ""
    if GREETING.match(text):
        return "greeting"
    return "acknowledgement" if PLEASANTRIES.match(text) and not answers(text, before) else ""


def answers(text: str, before: str, longest: int = ANSWER_CHARACTERS) -> bool:
    """Whether a sentence of at most ``longest`` characters says yes or no to the question before it; who is asked to
    tell something, and says "sure", has not told it yet."""
    return (
        is_question(before)
        and TELLING.search(before) is None
        and len(text) <= longest
        and ANSWERS.match(text) is not None
    )


def confirms(text: str, before: str) -> bool:
    """Whether a sentence answers a question that says something: then both together are a decision."""
    return answers(text, before) and not is_question(text) and len(terms(before)) >= SAID
