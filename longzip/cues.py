"""What a sentence does in a conversation, by the words that give it away, in English and Chinese.

A cue is a pattern, so a class is a guess with a reason that can be shown; a sentence may have several classes. A question
is never a decision. It knows nothing of messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Class = Literal[
    "decision", "error", "fix", "action", "constraint", "status", "question", "request", "dependency", "rejected"
]


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence that ``pattern`` is found in is of class ``name``."""

    name: Class
    pattern: re.Pattern[str]


def rule(name: Class, pattern: str) -> Rule:
    return Rule(name, re.compile(pattern, re.I))


RULES: tuple[Rule, ...] = (
    rule(
        "decision",
        r"\b(?:we|i|they|team)(?:'ve| have| had)? (?:decided|agreed|chose|settled|concluded|picked|opted)\b"
        r"|\b(?:decision|conclusion|verdict|agreed|decided)\s*[:：]|\b(?:was|were|is|are) (?:chosen|selected|decided|approved|agreed)\b"
        r"|\b(?:let's|let us|we'll|we will|i'll|i will|we should|going to|we're going to) (?:go with|use|keep|adopt|switch to|stick with|move to|take)\b"
        r"|\b(?:go with|going with|settle on|settled on|switch(?:ed|ing)? to|instead of)\b|\b(?:recommend|final answer)\b"
        r"|决定|确定使用|选定|采用|改用|结论是|最终选择|同意",
    ),
    rule(
        "rejected",
        r"\b(?:rejected|ruled out|decided against|won't use|will not use|not going to use|abandon(?:ed)?|discard(?:ed)? (?:the )?(?:idea|option))\b|放弃|否决|不采用",
    ),
    rule(
        "error",
        r"\b\w*(?:Error|Exception|Failure)\b\s*[:(]|\b(?:error|failed|failure|fails|crash(?:es|ed)?|traceback|panic|exception|broken|bug|regression|timed? ?out|denied|not found|cannot|undefined|segfault|root cause)\b"
        r"|报错|错误|异常|失败|崩溃|超时|故障",
    ),
    rule(
        "fix",
        r"\b(?:fix(?:ed|es)?|resolved|solved|solution|workaround|works now|passes now|the (?:cause|reason) (?:was|is)|root cause|patched|corrected)\b|修复|已解决|解决方案|解决办法|原因是",
    ),
    rule(
        "action",
        r"\b(?:todo|fixme|action item|next steps?|follow[- ]up|remaining)\b|\b(?:needs? to|must|have to|has to|should|will) (?:be )?(?:add|fix|write|update|remove|send|check|deploy|merge|test|review|rename|move|run|do|deliver|finish|investigate|call|prepare)(?:ed|d)?\b"
        r"|\bby (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight|end of|next week|\d{4}-)\b|待办|下一步|需要|负责|截止",
    ),
    rule(
        "constraint",
        r"\b(?:must(?: not|n't)?|never|always|do not|don't|only|at most|at least|no more than|required|requirement|constraint|make sure|ensure|without|avoid|prefer|important)\b"
        r"|必须|不要|不能|禁止|务必|只能|至少|最多|注意",
    ),
    rule(
        "status",
        r"\b(?:done|completed?|finished|all (?:tests )?pass(?:ed|ing)?|\d+ passed|in progress|currently|now (?:on|at|in|uses?|runs?)|so far|ready|deployed|merged|committed|blocked|pending|status)\b"
        r"|完成|进行中|目前|当前|已部署|已合并|就绪|阻塞",
    ),
    rule("dependency", r"\b(?:depends? on|blocked (?:by|on)|before (?:we|you|it|the)|after (?:we|you|it|the)|requires?|prerequisite|once (?:we|the|it))\b|依赖|之前必须|之后才"),
)  # fmt: skip
QUESTION = re.compile(
    r"[?？][\"')\]*]*\s*$|^(?:should|shall|what|which|who|why|how|when|where|can|could|would|do|does|did|is|are)\b.*\?",
    re.I,
)
REQUEST = re.compile(
    r"^(?:please|pls|can you|could you|would you|i(?:'d| would) like|i want|i need|help|let's|now)\b"
    r"|^(?:add|build|change|check|compare|create|debug|delete|describe|do|explain|find|fix|implement|improve|investigate|list|look|make|move|"
    r"read|refactor|remove|rename|replace|research|review|rewrite|run|search|show|sort|split|summari[sz]e|take|tell|test|translate|update|use|write)\b"
    r"|^(?:请|帮我|我想|我要|麻烦)",
    re.I,
)
CONFIRMATION = re.compile(
    r"^\W*(?:yes|yep|yeah|y|sure|ok(?:ay)?|right|correct|exactly|agreed|go ahead|do it|please do|sounds good|lgtm|no|nope|not yet|neither|both|none|"
    r"是的?|对|好的?|可以|行|不|不是|不要|没错)\b",
    re.I,
)
# What an agent says that it is about to do, which the next message then shows.
NARRATION = re.compile(
    r"^(?:(?:now|next|first|then|ok(?:ay)?|great|good|perfect)[,.! ]+)*(?:let me|let's (?:check|look|see|start|try|find|run)|i'?ll (?:now |also |first )?"
    r"(?!use|go with|keep|adopt)|i'm going to|i am going to|i need to)\b",
    re.I,
)
PLEASANTRY = re.compile(
    r"^\W*(?:(?:hi|hello|hey|thanks?|thank you|thx|you're welcome|great|perfect|awesome|cool|nice|got it|good (?:morning|afternoon|evening|luck)|bye|"
    r"goodbye|cheers|sure|okay|ok|certainly|of course|absolutely|no problem|my pleasure|have a (?:great|nice|good) \w+|so much|very much|there|"
    r"again|everyone|all|for (?:your|the) (?:help|patience|understanding)|你好|您好|谢谢|好的|明白了?|收到|不客气|再见)[\s,.!，。！~]*)+\W*$",
    re.I,
)


def classes(sentence: str) -> tuple[Class, ...]:
    """The classes of a sentence, in the order of the rules."""
    asked = QUESTION.search(sentence) is not None
    found: list[Class] = [r.name for r in RULES if r.pattern.search(sentence)]
    if asked:
        found = [name for name in found if name not in ("decision", "fix", "status", "action")]
        found.insert(0, "question")
    if REQUEST.search(sentence):
        found.append("request")
    return tuple(found)
