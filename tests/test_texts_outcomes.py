"""A run with many failing tests keeps its total line and one line of each distinct failure, whatever ran it."""

import pytest

from longzip import Settings, Source, TextOptions, compress
from longzip.texts.outcomes import MESSAGE, TOTAL

FORCED = TextOptions(settings=Settings(count_for="chars/4", force=True))
CASES = range(34)


def lines(*parts: object) -> str:
    return "".join(f"{part}\n" for part in parts)


def pytest_run() -> str:
    kinds = ("AssertionError: assert 71 == 72", "KeyError: 'colour'")
    failed = [f"_____ test_case_{n} _____\n\n>       check({n})\nE   {kinds[n % 2]}\n" for n in CASES]
    short = [f"FAILED tests/test_a.py::test_case_{n} - {kinds[n % 2]}" for n in CASES]
    return lines(
        "===== FAILURES =====", *failed, "==== short test summary info ====", *short, "34 failed, 6 passed in 2.4s"
    )


def go_run() -> str:
    failed = [f"    a_test.go:{n + 9}: got {70 + n % 2}, want 72\n--- FAIL: TestCase{n} (0.00s)" for n in CASES]
    return lines(*failed, "FAIL", "FAIL\texample.org/shop\t0.412s")


def cargo_run() -> str:
    kinds = ("assertion `left == right` failed", "called `Option::unwrap()` on a `None` value")
    failed = [
        f"---- t::c{n} stdout ----\nthread 't::c{n}' panicked at src/a.rs:{n}:9:\n{kinds[n % 2]}\n" for n in CASES
    ]
    names = [f"test t::c{n} ... FAILED" for n in CASES]
    return lines(
        "running 40 tests", *names, "", *failed, "test result: FAILED. 6 passed; 34 failed; 0 ignored; 0 measured"
    )


def jest_run() -> str:
    kinds = ("expect(received).toBe(expected)", "TypeError: x is not a function")
    failed = [f"  ● shop › case {n}\n\n    {kinds[n % 2]}\n\n      at Object (src/a.test.js:{n}:9)\n" for n in CASES]
    return lines(*failed, "Test Suites: 1 failed, 1 total", "Tests:       34 failed, 6 passed, 40 total")


def phpunit_run() -> str:
    kinds = ("Failed asserting that 71 matches expected 72.", 'Undefined array key "id"')
    failed = [f"{n}) ShopTest::testCase{n}\n{kinds[n % 2]}\n\n/app/tests/ShopTest.php:{n}\n" for n in CASES]
    return lines("There were 34 failures:", "", *failed, "FAILURES!", "Tests: 40, Assertions: 52, Failures: 34.")


def junit_run() -> str:
    kinds = (
        "org.opentest4j.AssertionFailedError: expected: <72> but was: <71>",
        "java.lang.NullPointerException: null",
    )
    failed = [
        f"[ERROR] CaseTest.case{n}  <<< FAILURE!\n{kinds[n % 2]}\n\tat CaseTest(CaseTest.java:{n})\n" for n in CASES
    ]
    return lines(*failed, "[ERROR] Tests run: 40, Failures: 34, Errors: 0, Skipped: 0")


RUNS = {
    "pytest": (pytest_run(), ("34 failed, 6 passed", "assert 71 == 72", "KeyError: 'colour'")),
    "go": (go_run(), ("FAIL\texample.org/shop", "got 70, want 72", "got 71, want 72")),
    "cargo": (cargo_run(), ("6 passed; 34 failed", "left == right", "Option::unwrap()")),
    "jest": (jest_run(), ("34 failed, 6 passed", "toBe(expected)", "is not a function")),
    "phpunit": (phpunit_run(), ("Failures: 34", "71 matches expected 72", "Undefined array key")),
    "junit": (junit_run(), ("Failures: 34", "expected: <72>", "NullPointerException")),
}


@pytest.mark.parametrize(
    "limit", [{"level": "aggressive"}, {"budget": 200}, {"budget": 320, "query": "why do tests fail"}]
)
@pytest.mark.parametrize("tool", RUNS)
def test_a_run_of_failing_tests_keeps_its_total_and_each_distinct_failure(tool, limit):
    text, wanted = RUNS[tool]
    result = compress(Source("", text), options=FORCED, **limit)
    assert [part for part in wanted if part not in result.text] == []
    assert len(result.text) < 0.6 * len(text) or tool == "go"


@pytest.mark.parametrize("line", ["They failed and were passed over.", "3 failed logins", "Chapter 2: total failure"])
def test_what_only_sounds_like_a_total_is_none(line):
    assert TOTAL.found(line) is None
    assert MESSAGE.found(line) is None
