"""What a file holds cannot end its own frame: fences and elements are read back as they were written."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import example, given
from hypothesis import strategies as st

from longzip.rendering.outputs import markdown, xml
from longzip.types import Source

PIECES = st.lists(
    st.sampled_from(
        [
            "```",
            "````",
            "`",
            "~~~",
            "\n",
            "\n## evil.py\n",
            "]]>",
            "]]",
            ">",
            "<![CDATA[",
            "</file>",
            '<file path="x">',
            "a",
            "&",
        ]
    ),
    max_size=30,
).map("".join)
NAMES = st.lists(st.sampled_from(["a", "\n", "## b", '"', "<", "&", "]]>", " ", "```"]), min_size=1, max_size=6).map(
    "".join
)


@given(NAMES, PIECES, PIECES)
@example("a\n\n## evil.py", "```\n## evil.py\n```", "````")
def test_markdown_is_read_back(name, first, second):
    text = markdown.joined([markdown.section(Source(name, ""), body, "# a", "python") for body in (first, second)])
    lines, found, headings = text.split("\n"), [], []
    while lines:
        line = lines.pop(0)
        if line.startswith("## "):
            headings.append(line)
        elif fence := re.fullmatch(r"(`{3,})python", line):
            end = lines.index(fence[1])
            found.append("\n".join(lines[:end]))
            lines = lines[end + 1 :]
        else:
            assert line == ""
    assert found == [first.removesuffix("\n"), second.removesuffix("\n")]
    assert len(headings) == 2


@given(NAMES, PIECES, PIECES)
def test_xml_is_read_back(name, first, second):
    text = xml.joined([xml.section(Source(name, ""), body, None, "") for body in (first, second)])
    files = list(ElementTree.fromstring(text))
    assert [file.tag for file in files] == ["file", "file"]
    assert [(file.text or "").strip("\n") for file in files] == [first.strip("\n"), second.strip("\n")]
