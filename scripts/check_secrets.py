"""How many secrets are found, and how much is taken for one that is none.

    python scripts/check_secrets.py [FOLDER ...] [--seed 1] [--times 20]

For each rule of the table random secrets of its shape are planted in carriers of many kinds (code, settings, JSON,
URLs, logs, diffs, chat): the share that is masked. In the folders, in which no secrets are thought to be: hits for each
100,000 lines, and where they are, but not what they are. Prints a table, what the folders gave and a JSON line; exit
code 1 where less than 95 % of the planted are found, or more than one in 100,000 lines is hit.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from longzip import Settings, read_repository
from longzip.sources.secrets import find

WORD, HEX, UPPER = string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_uppercase + string.digits
Make = Callable[[random.Random], str]


def some(chance: random.Random, letters: str, size: int) -> str:
    """Random letters, of which one at least is a digit."""
    return "".join(chance.choices(letters, k=size - 1)) + chance.choice(string.digits)


def pem(chance: random.Random) -> str:
    lines = [some(chance, WORD + "+/", 64) for _ in range(chance.randint(3, 20))]
    kind = chance.choice(["RSA ", "EC ", "", "OPENSSH ", "ENCRYPTED "])
    return "\n".join([f"-----BEGIN {kind}PRIVATE KEY-----", *lines, f"-----END {kind}PRIVATE KEY-----"])


# By the rule that is to find them; what is looked for in the masked text is the longest line.
SHAPES: dict[str, Make] = {
    "private-key": pem,
    "aws-key": lambda chance: "AKIA" + some(chance, UPPER, 16),
    "github-token": lambda chance: chance.choice(["ghp_", "gho_", "ghs_"]) + some(chance, WORD, 36),
    "gitlab-token": lambda chance: "glpat-" + some(chance, WORD, 20),
    "api-key": lambda chance: chance.choice(["sk-proj-", "sk-ant-api03-", "sk-"]) + some(chance, WORD, 20) + "7f3a1",
    "stripe-key": lambda chance: chance.choice(["sk_live_", "rk_live_"]) + some(chance, WORD, 24),
    "slack-token": lambda chance: f"xoxb-{chance.randrange(10**11, 10**12)}-{some(chance, WORD, 24)}",
    "google-key": lambda chance: "AIza" + some(chance, WORD, 35),
    "jwt": lambda chance: (
        f"eyJhbGciOi{some(chance, WORD, 12)}.eyJzdWIi{some(chance, WORD, 30)}.{some(chance, WORD, 43)}"
    ),
    "registry-token": lambda chance: "npm_" + some(chance, WORD, 36),
    "service-token": lambda chance: "hf_" + some(chance, string.ascii_letters, 34),
    "telegram-token": lambda chance: f"{chance.randrange(10**8, 10**9)}:AA{some(chance, WORD, 33)}",
}
# A shape that only a name or a place gives away, as it stands in a text.
PLACED: dict[str, Callable[[random.Random], tuple[str, str]]] = {}


def placed(rule: str, text: str, letters: str, least: int, most: int) -> None:
    """A rule's carrier of its own: {} is the secret's place."""

    def make(chance: random.Random) -> tuple[str, str]:
        secret = some(chance, letters, chance.randint(least, most))
        return text.replace("{}", secret), secret

    PLACED[f"{rule}: {text[:40]}"] = make


for name in (
    "password",
    "DB_PASSWORD",
    "clientSecret",
    "api_key",
    "authToken",
    "encryption_key",
    "aws_secret_access_key",
):
    for form in ('{n} = "{}"', "{n}: '{}'", '"{n}": "{}"', '{n} := "{}"', "'{n}' => '{}'", 'os.environ["{n}"] = "{}"'):
        placed("assigned", form.replace("{n}", name), WORD, 10, 40)
placed("url-password", "postgres://app:{}@db.internal:5432/app", WORD, 10, 24)
placed("url-password", "redis://:{}@cache.internal/0", WORD, 10, 24)
placed("authorization", "Authorization: Bearer {}", WORD, 24, 60)
placed("authorization", "curl -H 'authorization: token {}'", WORD, 24, 60)
placed("storage-key", "AccountName=a;AccountKey={}==;EndpointSuffix=b", WORD, 60, 86)
placed("env-value", "DB_PASSWORD={}", WORD, 12, 40)
placed("env-value", "export API_TOKEN={}", WORD, 16, 40)
CARRIERS = (
    ("a.py", 'TOKEN = "{}"\n'), ("a.ts", "const key = '{}';\n"), ("a.go", 'var key = "{}"\n'), ("a.yaml", "key: {}\n"),
    ("a.json", '{"a": ["{}"]}\n'), (".env", "KEY={}\n"), ("a.md", "Use `{}` for it.\n"), ("", "user: my key is {}.\n"),
    ("a.log", "12:00:01 INFO sent {} to host\n"), ("a.diff", "@@ -1 +1 @@\n-a\n+key = '{}'\n"),
    ("a.sh", "curl -u x:{} host\n"),
)  # fmt: skip


def planted(seed: int, times: int) -> dict[str, Counter[str]]:
    """For each shape how many were planted and how many masked."""
    found: dict[str, Counter[str]] = {}
    for rule, make in SHAPES.items():
        for n in range(times):
            chance = random.Random(f"{seed}{rule}{n}")
            secret = make(chance)
            for name, text in CARRIERS:
                tell(found, rule, text.replace("{}", secret), secret, name)
    for rule, carried in PLACED.items():
        for n in range(times):
            text, secret = carried(random.Random(f"{seed}{rule}{n}"))
            for name in ("", ".env", "conf.toml") if rule.startswith("env-value") else ("a.py", "", "a.yaml"):
                tell(found, rule.partition(":")[0], f"before\n{text}\nafter\n", secret, name)
    return found


def tell(found: dict[str, Counter[str]], rule: str, text: str, secret: str, name: str) -> None:
    tally = found.setdefault(rule, Counter())
    tally["planted"] += 1
    spans = [(one.start, one.end) for one in find(text, name)]
    core = max(secret.split("\n"), key=len)
    at = text.find(core)
    # A token of a bot's is told by the part behind its number.
    tally["masked"] += any(start < at + len(core) and end >= at + len(core) for start, end in spans)


def false_alarms(folders: list[Path]) -> tuple[int, list[str]]:
    """Lines that were read, and the places and rules of what was taken for a secret."""
    lines, hits = 0, []
    for source in read_repository(folders, Settings(secrets="keep", cache=False)).sources:
        lines += source.text.count("\n") + 1
        hits += [
            f"{source.name}:{source.text.count(chr(10), 0, one.start) + 1} {one.rule}"
            for one in find(source.text, source.name)
        ]
    return lines, hits


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=20)
    given = parser.parse_args()
    found = planted(given.seed, given.times)
    total = sum(tally["planted"] for tally in found.values())
    masked = sum(tally["masked"] for tally in found.values())
    print("| rule | planted | masked |\n|---|---:|---:|")
    for rule, tally in sorted(found.items()):
        print(f"| {rule} | {tally['planted']:,} | {tally['masked']:,} |")
    print(f"| **all** | {total:,} | {masked:,} ({masked / total:.1%}) |")
    lines, hits = false_alarms(given.folders) if given.folders else (0, [])
    rate = 100_000 * len(hits) / lines if lines else 0.0
    if lines:
        kinds = Counter(hit.rpartition(" ")[2] for hit in hits)
        print(f"\n{lines:,} lines read, {len(hits):,} hits ({rate:.2f} in 100,000 lines): {dict(kinds)}")
        print("\n".join(hits[:40]))
    print(json.dumps({"planted": total, "masked": masked, "lines": lines, "hits": len(hits), "seed": given.seed}))
    return 0 if masked >= 0.95 * total and rate <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
