"""Any endpoint that speaks OpenAI's chat completions: in parallel, with retries, under a cost cap; recorded, and replayed
from the recording without a network, so that others can check a run with a paid model.

The recording is JSON lines of hash, answer and tokens; the prompts are not in it, their SHA-256 is. httpx is imported late.
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

from benchmarks.config import ReaderTable, Run
from benchmarks.metrics import answer_measures
from benchmarks.readers import prompts
from benchmarks.tasks.data import integer, rows, string
from benchmarks.values import Context, Example, Measures
from longzip import MissingExtra, ModelError, SourceError, UsageError

RETRIES, PATIENCE, TIMEOUT = 4, 2.0, 120.0
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
NO_CREDIT = ("insufficient_quota", "billing", "credit", "payment")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a prompt. asked, written: tokens as the endpoint counted them."""

    hash: str
    text: str
    asked: int
    written: int


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: str


Send = Callable[[Mapping[str, object]], Reply]


@dataclass(slots=True)
class Endpoint:
    """send: posts a request's body. spent: dollars so far, those of the recording left out."""

    table: ReaderTable
    record: Path
    send: Send | None
    known: dict[str, Answer] = field(default_factory=dict)
    spent: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    wait: Callable[[float], None] = time.sleep

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

    def read(self, example: Example, contexts: Sequence[Context]) -> list[Measures]:
        if not example.hidden.strip():
            return [{} for _ in contexts]
        asked = [prompts.question(example, context) for context in contexts]
        with ThreadPoolExecutor(max(1, self.table.concurrency)) as pool:
            answers = {text: answer.text for text, answer in zip(dict.fromkeys(asked), pool.map(self.answer, dict.fromkeys(asked)), strict=True)}
        found = {text: self.judged(example, answer) if written(example) else answer_measures(example, answer) for text, answer in answers.items()}
        return [{f"{name} {self.table.label}": value for name, value in found[text].items()} for text in asked]

    def judged(self, example: Example, answer: str) -> Measures:
        """How often the answer is preferred to what people wrote, asked in both orders: 0, 0.5 or 1. A judge that says neither
        A nor B is an error, not a draw."""
        ahead = self.verdict(prompts.comparison(example, answer, example.hidden)) == "A"
        behind = self.verdict(prompts.comparison(example, example.hidden, answer)) == "B"
        return {"score": (ahead + behind) / 2}

    def verdict(self, prompt: str) -> str:
        said = self.answer(prompt).text.strip().upper().lstrip("*\"'(").split()
        letter = said[0][:1] if said else ""
        if letter not in ("A", "B") or (len(said[0]) > 1 and said[0][1].isalpha()):
            raise ModelError(f"{self.table.label} was to answer A or B and says {' '.join(said)[:40]!r}; choose another judge.")
        return letter

    def answer(self, prompt: str) -> Answer:
        key = hashlib.sha256(f"{self.table.model}\0{self.table.new_tokens}\0{prompt}".encode()).hexdigest()
        with self.lock:
            if key in self.known:
                return self.known[key]
            if self.send is None:
                raise SourceError(f"the recording {self.record.name} lacks an answer; run again without replay.")
            if self.table.cap and self.spent >= self.table.cap:
                raise ModelError(f"the cap of {self.table.cap:.2f} dollars is reached; raise it to go on, what is there is kept.")
        found = self.ask(key, prompt)
        with self.lock:
            self.spent += (found.asked * self.table.input_price + found.written * self.table.output_price) / 1e6
            self.known[key] = found
            self.record.parent.mkdir(parents=True, exist_ok=True)
            with self.record.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")
        return found

    def ask(self, key: str, prompt: str) -> Answer:
        """Raises ModelError where the endpoint refuses, or keeps failing."""
        assert self.send is not None
        messages = [{"role": "system", "content": prompts.SYSTEM}, {"role": "user", "content": prompt}]
        body = {"model": self.table.model, "messages": messages, "temperature": 0, "max_tokens": self.table.new_tokens}
        reply = Reply(0, "")
        for attempt in range(RETRIES):
            reply = self.send(body)
            if reply.status == 200:
                return understood(key, reply.body)
            if reply.status not in PASSING or any(word in reply.body for word in NO_CREDIT):
                break
            self.wait(PATIENCE * 2**attempt)
        why = "it is out of credit" if reply.status == 402 or any(word in reply.body for word in NO_CREDIT) else f"it answers {reply.status or 'nothing'}"
        raise ModelError(f"{self.table.url}: {why}; what was answered so far is kept, call the run again to go on.")


def written(example: Example) -> bool:
    """Whether the answer is prose to be compared, and not code."""
    return example.kind == "question" and not example.choices


def understood(key: str, body: str) -> Answer:
    try:
        found = json.loads(body)
        text, usage = found["choices"][0]["message"]["content"], found.get("usage") or {}
        return Answer(key, str(text or ""), int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0)))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ModelError(f"the endpoint's answer is no chat completion: {body[:80]!r}.") from None


def recorded(place: Path) -> dict[str, Answer]:
    if not place.exists():
        return {}
    found = rows(place, hash=str, text=str, asked=int, written=int)
    return {string(row, "hash"): Answer(string(row, "hash"), string(row, "text"), integer(row, "asked"), integer(row, "written")) for row in found}


def sender(table: ReaderTable) -> Send:
    try:
        import httpx
    except ImportError:
        raise MissingExtra("httpx", "bench") from None
    key = os.environ.get(table.key, "") if table.key else ""
    if table.key and not key:
        raise UsageError(f"the reader {table.label} needs the environment variable {table.key}.")
    client = httpx.Client(timeout=TIMEOUT, headers={"Authorization": f"Bearer {key}"} if key else {})
    address = f"{table.url.rstrip('/')}/chat/completions"

    def send(body: Mapping[str, object]) -> Reply:
        try:
            reply = client.post(address, json=body)
        except httpx.HTTPError:
            return Reply(503, "")
        return Reply(reply.status_code, reply.text)

    return send
