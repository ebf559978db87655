"""Where a finding comes from, and which findings contradict each other.

Two sentences contradict where they speak of the same thing with other numbers, or where one denies what the other says.
Knows sentences; makes no claim about which of them is right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from longzip.scoring.terms import terms
from longzip.texts.kinds import URL
from longzip.texts.layouts import Said
from longzip.types import Source

NUMBER = re.compile(r"(?<![\w.])[$€£¥]?\d[\d,]*(?:\.\d+)?\s?(%|％|[A-Za-z]{1,12}|[万亿元倍个次])?")
NEGATED = re.compile(r"\b(?:not|no|never|none|neither|cannot|without|fail(?:s|ed)? to)\b|n['’]t\b|不|没有|未|无法")
ALIKE = 0.5  # of the smaller sentence's terms that two sentences share to speak of the same thing
FEWEST = 3  # terms that they share
COMMON = 60  # sentences with a term from which on it tells nothing
NAMED = re.compile(r"(?:Source|来源)s?\s*[:：]\s*([^\s)）,，;]+)", re.I)


def domain(url: str) -> str:
    """The host of an address, without www."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def shortened_urls(text: str) -> str:
    """The text with its addresses as domain names."""
    return URL.sub(lambda match: domain(match.group().rstrip(".,;:")), text)


def origins(said: Sequence[Said], sources: Sequence[Source]) -> list[Said]:
    """The sentences with addresses shortened to domains, and with the domain they name, or their paragraph's last, or
    their source's name, as their source."""
    by_section: dict[str, str] = {}
    for source in sources:
        found = URL.findall(source.text)
        if found and len(sources) > 1:
            by_section[source.name] = domain(found[0])
    result = []
    for item in said:
        urls = URL.findall(item.text)
        named = NAMED.search(item.text)
        own = domain(item.source) if "://" in item.source else item.source
        origin = (
            domain(urls[-1].rstrip(".,;:"))
            if urls
            else named[1]
            if named
            else by_section.get(item.source, own if len(sources) > 1 else "")
        )
        result.append(replace(item, text=shortened_urls(item.text), source=origin))
    return result


def contradictions(said: Sequence[Said]) -> list[tuple[Said, Said]]:
    """Pairs of sentences on the same thing that say different things, in order; from different sources where sources
    are told."""
    known = [frozenset(terms(without_numbers(item.text))) for item in said]
    holders: dict[str, list[int]] = defaultdict(list)
    for index, own in enumerate(known):
        for term in own:
            holders[term].append(index)
    pairs: list[tuple[int, int]] = []
    for index, own in enumerate(known):
        shared: dict[int, int] = defaultdict(int)
        for term in own:
            for other in holders[term] if len(holders[term]) <= COMMON else ():
                if other < index:
                    shared[other] += 1
        for other, count in sorted(shared.items()):
            least = min(len(own), len(known[other]))
            alike = count >= max(FEWEST, ALIKE * least) or (count >= 2 and own == known[other])
            if alike and disagree(said[other].text, said[index].text) and not same_place(said[other], said[index]):
                pairs.append((other, index))
    return [(said[one], said[other]) for one, other in pairs]


def same_place(one: Said, other: Said) -> bool:
    return bool(one.source) and one.source == other.source


def without_numbers(text: str) -> str:
    return NEGATED.sub(" ", NUMBER.sub(" ", text))


def disagree(one: str, other: str) -> bool:
    """Whether two sentences on the same thing give other numbers of the same unit, or only one of them denies."""
    first, second = measured(one), measured(other)
    units = first.keys() & second.keys()
    if any(first[unit].isdisjoint(second[unit]) for unit in units):
        return True
    return not units and bool(NEGATED.search(one)) != bool(NEGATED.search(other))


def measured(text: str) -> dict[str, set[str]]:
    """The numbers of a text by their unit."""
    found: dict[str, set[str]] = defaultdict(set)
    for match in NUMBER.finditer(text):
        unit = (match[1] or "").lower().rstrip("s")
        if not (unit == "" and re.fullmatch(r"(?:19|20)\d\d", match.group().strip())):
            found[unit].add(re.sub(r"[^\d.]", "", match.group()))
    return found
