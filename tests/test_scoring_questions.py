"""What a query is made of: kinds of queries, and the parts of issues."""

import pytest

from longzip.scoring.questions import heading, kind_of, parted, readings, shortened, without_template

REPORT = """Retry-After is ignored when the pool is exhausted
I use the client with a pool of two connections. After a 503 the header should be honoured, but the
next request goes out at once.

```python
client = Client(pool=Pool(2))
client.get("/slow")
```

Traceback (most recent call last):
  File "client/retry.py", line 88, in wait
    raise PoolError(self)
client.errors.PoolError: no connection left

<!-- Please read the guide before you report anything. -->
Version 2.1, on Linux.
"""
FUNCTION = '''"""Prices, as the shop shows them. They are rounded at the end only."""

from decimal import Decimal


def gross(net: Decimal, rate: Decimal) -> Decimal:
    """The price with tax, which is what customers look at first."""
    # Rounded half up, as the law has it in most of the countries.
    factor = 1 + rate
    return (net * factor).quantize(CENT)
'''
GO = """package cart

// Total is what all lines come to, without shipping.
func (c *Cart) Total() Money {
\tvar sum Money
\tfor _, line := range c.lines {
\t\tsum = sum.Add(line.Price)
"""
CHINESE = "连接池耗尽时忽略了重试头\n客户端在收到 503 之后没有等待, 立即发送了下一个请求。\n版本 2.1"


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("where are retries handled", "question"),
        ("parse_args", "question"),
        ("what does `Cart.total()` return?", "question"),
        (REPORT, "issue"),
        (CHINESE, "issue"),
        ("X.total() raises KeyError on empty carts.\n>>> X().total()\nKeyError: 'sum'\n>>> len(X())\n0", "issue"),
        ("first line of a report\nsecond line of it", "issue"),
        (FUNCTION, "code"),
        (GO, "code"),
        (FUNCTION[20:], "code"),
        ("import json\n\n\ndef load(path):", "code"),
    ],
)
def test_kinds(query, kind):
    assert kind_of(query) == kind


def test_the_parts_of_an_issue():
    parts = parted(REPORT)
    assert parts.title == "Retry-After is ignored when the pool is exhausted"
    assert parts.prose.startswith("I use the client")
    assert "Version 2.1" in parts.prose
    assert "read the guide" not in parts.prose
    assert parts.code.split("\n") == ["client = Client(pool=Pool(2))", 'client.get("/slow")']
    assert parts.trace.split("\n")[0].startswith("Traceback")
    assert "raise PoolError(self)" in parts.trace
    assert "client.errors.PoolError: no connection left" in parts.trace


def test_what_stands_first_is_no_title_where_it_is_code():
    assert parted(">>> total()\n0\nThat is wrong, as the cart has three lines.").title == ""


def test_an_issue_speaks_twice_and_anything_else_once():
    said = REPORT.replace("<!-- Please read the guide before you report anything. -->", "")
    assert readings(REPORT) == [said, "Retry-After is ignored when the pool is exhausted"]
    assert readings("where are retries handled") == ["where are retries handled"]
    assert readings(FUNCTION) == [FUNCTION]
    assert heading(REPORT) == "Retry-After is ignored when the pool is exhausted"
    assert heading("where") == "where"


def test_what_is_too_long_keeps_what_says_most():
    long = REPORT.replace("Version 2.1", "\n".join(f"step {number}: nothing special here" for number in range(500)))
    short = shortened(long, 400)
    assert len(short) <= 400
    assert short.startswith("Retry-After is ignored")
    assert "I use the client" in short
    code = FUNCTION * 20
    assert code.endswith(shortened(code, 300))
    assert len(shortened(code, 300)) <= 300
    assert shortened("w" * 500, 100) == "w" * 100
    assert shortened(REPORT, 5000) == REPORT


@pytest.mark.parametrize("query", ["", "\n", "?", "x", '"""', "```", "<!--", "Traceback (most recent call last):"])
def test_any_text_has_parts(query):
    assert kind_of(query) in ("question", "issue", "code")
    assert readings(query)[0] == query
    assert "".join(vars_of(parted(query))) in query or query == "```"


def vars_of(parts):
    return (parts.title, parts.prose, parts.code, parts.trace)


FORM = """Totals are wrong after a refund
**Describe the bug**
The total ignores refunds that came in on the same day.

### Steps to reproduce:
1. Refund an order, then ask for the total.

- Expected behavior
The refund is subtracted.
<!--
Tell us
more -->
"""


def test_what_a_form_prints_around_an_issue_is_none_of_its_words():
    said = without_template(FORM)
    assert [line for line in said.split("\n") if line] == [
        "Totals are wrong after a refund",
        "The total ignores refunds that came in on the same day.",
        "1. Refund an order, then ask for the total.",
        "The refund is subtracted.",
    ]
    assert parted(FORM).title == "Totals are wrong after a refund"
    assert readings("### Summary\n\n### Details\n") == ["### Summary\n\n### Details\n"]
