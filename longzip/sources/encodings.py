"""Which encoding bytes are in that are not UTF-8: those of East Asia, where the bytes speak for them.

chardet tells; what it says is believed where all the bytes can be read so and come out as the letters of that language.
Knows no file.
"""

from __future__ import annotations

import codecs
import re

ASIAN = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "shift_jis": "cp932",
    "cp932": "cp932",
    "euc_jp": "euc_jp",
    "euc_kr": "cp949",
    "cp949": "cp949",
    "big5": "big5",
    "big5hkscs": "big5hkscs",
}
LOOKED_AT = 100_000  # bytes
FEWEST, SHARE = 2, 0.9  # letters of East Asia; their share of all that is not ASCII
LETTER = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


def east_asian(data: bytes) -> str | None:
    """The encoding of bytes that are not UTF-8, as Python calls it; None where they are not of East Asia."""
    import chardet

    speaking = b"\n".join(line for line in data.split(b"\n") if not line.isascii())
    told = chardet.detect(speaking[:LOOKED_AT])["encoding"]
    name = ASIAN.get(known(told)) if told else None
    if name is None:
        return None
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        return None
    foreign = sum(not character.isascii() for character in text)
    letters = len(LETTER.findall(text))
    return name if letters >= FEWEST and letters >= SHARE * foreign else None


def known(name: str) -> str:
    """The name that Python has for an encoding; as it was where it has none."""
    try:
        return codecs.lookup(name).name.replace("-", "_")
    except LookupError:
        return name.lower()
