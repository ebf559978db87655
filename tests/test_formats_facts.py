"""Of what is no code nothing is known as code, whichever format of prose is asked."""

import pytest

from longzip import Format, Source
from longzip.formats.chat import ChatFormat, TalkFormat
from longzip.formats.code import CodeFormat
from longzip.formats.document import DocumentFormat
from longzip.formats.facts import NO_FACTS
from longzip.formats.log import LogFormat
from longzip.formats.prose import ProseFormat
from longzip.messages.dialects import from_dicts
from longzip.messages.text_form import Talk

CODE = Source("a.py", "import os\n\n\ndef a():\n    return os.getcwd()  # where we are\n")


def test_nothing_is_known_of_prose_as_code():
    ticks = []
    NO_FACTS.prepare([CODE, CODE], lambda done, total: ticks.append((done, total)))
    assert ticks == [(2, 2)]
    assert (NO_FACTS.language(CODE), NO_FACTS.fallback(CODE)) == ("", None)
    found = (NO_FACTS.imports, NO_FACTS.references, NO_FACTS.bindings, NO_FACTS.literals, NO_FACTS.comments)
    assert [ask(CODE) for ask in found] == [[]] * 5
    assert NO_FACTS.valid(CODE, "def (")


def test_of_code_something_is_known():
    facts = CodeFormat().facts
    assert (facts.language(CODE), facts.fallback(CODE), facts.imports(CODE)) == ("python", None, [0])
    assert facts.references(CODE)
    assert [binding.names for binding in facts.bindings(CODE)] == [("os",)]
    assert [CODE.text[start:end] for start, end in facts.comments(CODE)] == ["  # where we are"]
    assert not facts.valid(CODE, "def (")


TALK = Talk.of(from_dicts([{"role": "user", "content": "Hello."}]))


@pytest.mark.parametrize("form", [ChatFormat(), TalkFormat(TALK), DocumentFormat(), LogFormat(), CodeFormat()])
def test_only_code_has_facts(form):
    assert isinstance(form, Format)
    assert (form.facts is NO_FACTS) == isinstance(form, ProseFormat)


def test_a_format_of_prose_has_to_say_where_it_cuts():
    with pytest.raises(TypeError, match="analyse"):
        type("Nothing", (ProseFormat,), {})()
