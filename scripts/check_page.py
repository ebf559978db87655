"""Look at the page of ``longzip explain --html`` in a real browser, without scripts: pictures of it at several widths,
light and dark, and what a person can do with it by keyboard.

    python scripts/check_page.py PAGE.html FOLDER [--browser /usr/bin/chromium]

Needs the package playwright and a Chromium, which are no part of any extra. Writes a PNG for each width and scheme into
the folder; prints a JSON line; exit code 1 where the page is wider than its window, asks the network, runs a script, or
has a fold that does not open by keyboard or click.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

WIDTHS = (320, 768, 1440, 2560)
SCHEMES = ("light", "dark")
HEIGHT = 1000
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def looked_at(browser: Any, address: str, folder: Path, width: int, scheme: str) -> list[str]:
    """What is wrong at a width and in a scheme. Scripts of the page are off; what is measured is asked from outside."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.goto(address)
    wrong = [f"asks for {url}" for url in asked if url != address] + said
    if (over := page.evaluate(OVERFLOW)) > 0:
        wrong.append(f"is {over} px wider than its window")
    page.screenshot(path=str(folder / f"page-{width}-{scheme}.png"), full_page=width >= 1440)
    if width == WIDTHS[-1] or width == WIDTHS[0]:
        wrong += folds(page)
    context.close()
    return [f"{width} px, {scheme}: {text}" for text in wrong]


def folds(page: Any) -> list[str]:
    """Whether the keyboard reaches a fold, opens it and closes it again, and a click does."""
    first = page.locator("details").first
    if not page.locator("details").count():
        return ["has no fold"]
    summary = first.locator("summary").first
    before = first.evaluate("one => one.open")
    summary.focus()
    page.keyboard.press("Enter")
    opened = first.evaluate("one => one.open")
    page.keyboard.press("Enter")
    summary.click()
    clicked = first.evaluate("one => one.open")
    wrong = [] if opened != before else ["a fold does not open by Enter"]
    return wrong + ([] if clicked != before else ["a fold does not open by a click"])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright  # type: ignore[import-not-found, unused-ignore]

    given.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=given.browser, args=["--no-sandbox"])
        address = given.page.resolve().as_uri()
        wrong = [
            text
            for width in WIDTHS
            for scheme in SCHEMES
            for text in looked_at(browser, address, given.folder, width, scheme)
        ]
        browser.close()
    print("\n".join(wrong))
    print(json.dumps({"widths": WIDTHS, "schemes": SCHEMES, "wrong": len(wrong)}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
