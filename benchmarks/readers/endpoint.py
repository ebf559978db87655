"""Any endpoint that speaks OpenAI's chat completions: in parallel, with retries, under a cost cap; recorded, and
replayed from the recording without a network, so that others can check a run with a paid model.

The recording is JSON lines of hash, answer and tokens; the prompts are not in it, their SHA-256 is. httpx2 is imported
late.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.config import ReaderTable, Run
from benchmarks.readers import prompts
from benchmarks.readers.answers import preferred
from benchmarks.tasks.data import integer, rows, string
from benchmarks.values import Context, Example
from longzip import ModelError, SourceError, UsageError

RETRIES, PATIENCE, TIMEOUT = 4, 2.0, 120.0
LONGEST_WAIT = 60.0  # seconds, whatever an endpoint asks for
CHARACTERS = 3.0  # of a prompt for each of its tokens, at the least: what a request may cost before it is answered
MOST_LOGPROBS = 20
PLAIN_TOKENS = 8  # of a verdict in words
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
NO_CREDIT = ("insufficient_quota", "billing", "credit", "payment")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a prompt. asked, written: tokens as the endpoint counted them. first: of a verdict, P(A) where
    the endpoint tells log-probabilities, -1 where not."""

    hash: str
    text: str
    asked: int
    written: int
    first: float = -1.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. after: seconds that it asks to be left alone."""

    status: int
    body: str
    after: float = 0.0


Body = Mapping[str, object]
Send = Callable[[Body], Reply]


@dataclass(slots=True)
class Endpoint:
    """send: posts a request's body. spent: dollars so far, those of the recording left out; promised: what requests
    under way may cost at most."""

    table: ReaderTable
    record: Path
    send: Send | None
    known: dict[str, Answer] = field(default_factory=dict)
    spent: float = 0.0
    promised: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    wait: Callable[[float], None] = time.sleep

    @property
    def label(self) -> str:
        return self.table.label

    @classmethod
    def load(cls, run: Run, table: ReaderTable, folder: Path) -> Endpoint:
        """Raises UsageError where the table does not say what to ask, or the key is not set."""
        place = run.place(table.record) if table.record else folder / f"answers-{table.label.replace('/', '_')}.jsonl"
        if not table.replay and not table.url:
            raise UsageError(f"the reader {table.label} has no url; give one, or replay = true and a record.")
        found = cls(table, place, None if table.replay else sender(table))
        found.known = recorded(place)
        if table.replay and not found.known:
            raise SourceError(f"there is no recording {place} to replay.")
        return found

    def write(self, example: Example, contexts: Sequence[Context]) -> list[str]:
        """In parallel; what is under way when one fails is waited for, and kept."""
        asked = [prompts.question(example, context) for context in contexts]
        with ThreadPoolExecutor(max(1, self.table.concurrency)) as pool:
            futures = {text: pool.submit(self.answer, text) for text in dict.fromkeys(asked)}
        return [futures[text].result().text for text in asked]

    def sizes(self, example: Example, contexts: Sequence[Context]) -> Sequence[int | None]:
        """Of all of the prompt, as the endpoint counts, if it does."""
        return [self.answer(prompts.question(example, context)).asked or None for context in contexts]

    def preference(self, prompt: str) -> float:
        found = self.answer(prompt, "verdict")
        if found.first >= 0:
            return found.first
        said = found.text.strip().upper().lstrip("*\"'(").split()
        letter = said[0][:1] if said else ""
        if letter not in ("A", "B") or (len(said[0]) > 1 and said[0][1].isalpha()):
            raise ModelError(
                f"{self.label} was to answer A or B and says {' '.join(said)[:40]!r}; choose another judge."
            )
        return float(letter == "A")

    def answer(self, prompt: str, kind: Literal["answer", "verdict"] = "answer") -> Answer:
        limit = self.table.new_tokens if kind == "answer" else "verdict"
        key = hashlib.sha256(f"{self.table.model}\0{limit}\0{prompt}".encode()).hexdigest()
        worst = self.price(len(prompt) / CHARACTERS, self.table.new_tokens)
        with self.lock:
            if key in self.known:
                return self.known[key]
            if self.send is None:
                raise SourceError(f"the recording {self.record.name} lacks an answer; run again without replay.")
            if self.table.cap and self.spent + self.promised + worst > self.table.cap:
                raise ModelError(
                    f"the cap of {self.table.cap:.2f} dollars would be passed ({self.spent:.2f} "
                    "spent); raise it to go on, what is there is kept."
                )
            self.promised += worst
        try:
            found = (
                self.verdict(key, prompt)
                if kind == "verdict"
                else self.ask(key, self.body(prompt, self.table.new_tokens))
            )
            with self.lock:
                self.keep(found)
        finally:
            with self.lock:
                self.promised -= worst
        return found

    def price(self, asked: float, written: float) -> float:
        return (asked * self.table.input_price + written * self.table.output_price) / 1e6

    def keep(self, found: Answer) -> None:
        self.spent += self.price(found.asked, found.written)
        self.known[found.hash] = found
        self.record.parent.mkdir(parents=True, exist_ok=True)
        with self.record.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")

    def verdict(self, key: str, prompt: str) -> Answer:
        """One letter with its log-probability; in words, where the endpoint tells no log-probabilities."""
        told = {**self.body(prompt, 1), "logprobs": True, "top_logprobs": MOST_LOGPROBS}
        try:
            found = self.ask(key, told, frozenset({400, 422}))
        except Refused:
            found = None
        return found if found is not None and found.first >= 0 else self.ask(key, self.body(prompt, PLAIN_TOKENS))

    def body(self, prompt: str, new_tokens: int) -> Body:
        messages = [{"role": "system", "content": prompts.SYSTEM}, {"role": "user", "content": prompt}]
        return {"model": self.table.model, "messages": messages, "temperature": 0, "max_tokens": new_tokens}

    def ask(self, key: str, body: Body, excused: frozenset[int] = frozenset()) -> Answer:
        """Raises ModelError where the endpoint refuses, or keeps failing; Refused for the statuses that are
        ``excused``."""
        assert self.send is not None
        reply = Reply(0, "")
        for attempt in range(RETRIES):
            reply = self.send(body)
            if reply.status == 200:
                return understood(key, reply.body)
            if reply.status in excused:
                raise Refused(str(reply.status))
            if reply.status not in PASSING or any(word in reply.body for word in NO_CREDIT):
                break
            if attempt + 1 < RETRIES:
                self.wait(min(LONGEST_WAIT, max(reply.after, PATIENCE * 2**attempt)))
        penniless = reply.status == 402 or any(word in reply.body for word in NO_CREDIT)
        why = "it is out of credit" if penniless else f"it answers {reply.status or 'nothing'}"
        raise ModelError(f"{self.table.url}: {why}; what was answered so far is kept, call the run again to go on.")


class Refused(ModelError):
    """The endpoint does not take what was asked in this form."""


def understood(key: str, body: str) -> Answer:
    try:
        found = json.loads(body)
        choice, usage = found["choices"][0], found.get("usage") or {}
        told = ((choice.get("logprobs") or {}).get("content") or [{}])[0].get("top_logprobs") or []
        chance = preferred({str(item["token"]): float(item["logprob"]) for item in told})
        return Answer(
            key, str(choice["message"]["content"] or ""), int(usage.get("prompt_tokens", 0)),
            int(usage.get("completion_tokens", 0)),
            -1.0 if chance is None else round(chance, 6),
        )  # fmt: skip
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ModelError(f"the endpoint's answer is no chat completion: {body[:80]!r}.") from None


def recorded(place: Path) -> dict[str, Answer]:
    if not place.exists():
        return {}
    found = rows(place, hash=str, text=str, asked=int, written=int)
    answers = [
        Answer(
            string(row, "hash"),
            string(row, "text"),
            integer(row, "asked"),
            integer(row, "written"),
            float(str(row.get("first", -1.0))),
        )
        for row in found
    ]
    return {answer.hash: answer for answer in answers}


def sender(table: ReaderTable) -> Send:
    import httpx2

    key = os.environ.get(table.key, "") if table.key else ""
    if table.key and not key:
        raise UsageError(f"the reader {table.label} needs the environment variable {table.key}.")
    client = httpx2.Client(timeout=TIMEOUT, headers={"Authorization": f"Bearer {key}"} if key else {})
    address = f"{table.url.rstrip('/')}/chat/completions"

    def send(body: Mapping[str, object]) -> Reply:
        try:
            reply = client.post(address, json=body)
        except httpx2.HTTPError:
            return Reply(503, "")
        after = reply.headers.get("retry-after", "")
        return Reply(reply.status_code, reply.text, float(after) if after.isdecimal() else 0.0)

    return send
