"""The last look: a selection that would not parse is widened within the budget, and the report counts it."""

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.formats.grammar.analysis import Here
from longzip.formats.grammar.facts import GrammarFacts
from longzip.models import ngram
from tests.fakes import CharacterCount
from tests.test_compressor import PLANETS, STORE

SHOP = (Source("shop/planets.py", PLANETS), Source("shop/store.py", STORE))
QUERY = "save a record to a temporary file and replace"


class Fussy(GrammarFacts):
    """Refuses a text in which ``marker`` stands and ``wanted`` does not."""

    def __init__(self, marker: str, wanted: str) -> None:
        super().__init__(Here())
        self.marker, self.wanted = marker, wanted

    def valid(self, source: Source, text: str) -> bool:
        return super().valid(source, text) and (self.marker not in text or self.wanted in text)


def compressed(facts: GrammarFacts, budget: int):
    form = CodeFormat()
    form.facts = facts
    compressor = Compressor(ngram.load(), CharacterCount(), Settings(), form)
    return compressor.compress(SHOP, query=QUERY, budget=budget)


def test_what_parses_is_left_alone():
    assert compressed(GrammarFacts(Here()), 190).report.widened == 0


def some_part():
    """A budget at which a function is kept in part, and that function."""
    for budget in range(150, 400, 10):
        for chunk in compressed(GrammarFacts(Here()), budget).report.chunks:
            if chunk.reason == "part" and chunk.kind == "function":
                return budget, chunk
    raise AssertionError("no function is ever kept in part")


def test_a_part_that_does_not_parse_becomes_whole_or_goes():
    budget, part = some_part()
    plain = compressed(GrammarFacts(Here()), budget)
    text = next(source.text for source in SHOP if source.name == part.path)
    body = text.split("\n")[part.start_line - 1 : part.end_line]
    head, hidden = body[0], next(line for line in body if line.strip() and line not in plain.text)
    result = compressed(Fussy(head, hidden), budget)
    assert result.report.widened >= 1
    assert CharacterCount().count(result.text) <= budget
    assert head not in result.text or hidden in result.text


def test_what_cannot_be_mended_is_said():
    result = compressed(Fussy("def save", "never"), 130)
    assert "def save" not in result.text or any("does not parse" in note for note in result.report.notes)


def test_validity_is_asked_only_of_sources_that_parse():
    facts = GrammarFacts(Here())
    assert facts.valid(Source("a.py", "x = 1\n"), "y = 2\n")
    assert not facts.valid(Source("a.py", "x = 1\n"), "def (\n")
    assert facts.valid(Source("a.py", "x = = 1\n"), "def (\n")
    assert facts.valid(Source("a.unknown", "x\n"), "def (\n")
