"""An explanation as one HTML page: no network, no script, readable everywhere, and safe whatever the files hold.

Folds are ``details`` and pictures are SVG, so that nothing needs a script; the policy of the page forbids all but its
own style sheet, known by its hash. All text of the sources passes ``safe``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from importlib import resources

from longzip.pipeline.explaining import ExplainedChunk, ExplainedFile, Explanation
from longzip.report.pictures import budget_bar, curve_picture, treemap

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MOST_CHUNKS = 400  # rows of the table
MOST_FOLDED = 400  # lines of a gap that unfolds; of a longer one, the first so many


def html_page(explanation: Explanation, title: str = "longzip") -> str:
    """The whole page, as HTML 5."""
    style = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    report = explanation.result.report
    notes = "".join(f"<li>{safe(note)}</li>" for note in report.notes)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{safe(title)}: {safe(explanation.query[:80])}</title><style>{style}</style></head><body>",
        '<a class="skip" href="#files">Skip to the files</a>',
        f"<header><h1>{safe(explanation.query)}</h1>",
        f"<p>{report.original_tokens:,} → <strong>{report.got:,}</strong> tokens of {report.asked:,} · "
        f"{safe(report.strategy)} · model {safe(report.model)} · {report.seconds:.1f} s</p>",
        budget_bar(explanation, safe),
        f"<ul>{notes}</ul>" if notes else "",
        "</header><main>",
        f'<section><h2>Where the tokens are</h2><p class="hint">Each file by its size; the darker, the better its best '
        f"part; green below is what is shown.</p>{treemap(explanation.files, safe)}</section>",
        curve_section(explanation),
        chunk_table(explanation.chunks),
        '<section id="files"><h2>Files</h2>',
        *(
            file_section(number, file, explanation.chunks)
            for number, file in enumerate(explanation.files)
            if file.spans
        ),
        "</section></main></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def safe(text: str) -> str:
    """Text that says what it is and does nothing: escaped, and with what cannot be seen written out."""
    return html.escape(UNSEEN.sub(lambda match: f"‹U+{ord(match[0]):04X}›", text), quote=True)


def curve_section(explanation: Explanation) -> str:
    if len(explanation.curve) < 2:
        return ""
    picture = curve_picture(explanation.curve, explanation.result.report.asked)
    return f"<section><h2>Relevance against budget</h2>{picture}</section>"


def chunk_table(chunks: Sequence[ExplainedChunk]) -> str:
    signals = list(chunks[0].signals) if chunks else []
    heads = ["place", "chunk", "shown", "tokens", "reason", "score", "relevance", *signals, "runner-up"]
    rows = "".join(chunk_row(chunk, signals) for chunk in chunks[:MOST_CHUNKS])
    more = f'<p class="hint">{len(chunks) - MOST_CHUNKS:,} more.</p>' if len(chunks) > MOST_CHUNKS else ""
    return (
        '<section><h2>Chunks</h2><div class="wide" tabindex="0" role="region" aria-label="Chunks"><table><thead><tr>'
        + "".join(f'<th scope="col">{safe(head)}</th>' for head in heads)
        + f"</tr></thead><tbody>{rows}</tbody></table></div>{more}</section>"
    )


def chunk_row(chunk: ExplainedChunk, signals: Sequence[str]) -> str:
    cells = [
        f"<td>{chunk.place or '–'}</td>",
        f'<th scope="row" title="{safe(told(chunk))}">{safe(chunk.name)}<br><small>{safe(chunk.path)}:'
        f"{chunk.start_line}–{chunk.end_line}</small></th>",
        f'<td><span class="rung {chunk.rung}">{chunk.rung}</span></td>',
        f"<td>{chunk.shown_tokens:,} of {chunk.tokens:,}</td><td>{safe(chunk.reason)}</td>",
        f"<td>{number(chunk.score)}</td><td>{number(chunk.relevance)}</td>",
        *(f"<td>{number(chunk.signals.get(name))}</td>" for name in signals),
        f"<td><small>{safe(chunk.runner_up)}</small></td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def told(chunk: ExplainedChunk) -> str:
    """What every signal said of a chunk, in a line."""
    signals = ", ".join(f"{name} {value:+.2f}" for name, value in chunk.signals.items() if value)
    return f"{chunk.at}: {signals or 'no signal'}"


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def file_section(index: int, file: ExplainedFile, chunks: Sequence[ExplainedChunk]) -> str:
    """A file with what is shown of it bright, and its gaps folded."""
    lines = file.text.split("\n")
    own = sorted((chunk for chunk in chunks if chunk.path == file.path), key=lambda chunk: chunk.start_line)
    body = "".join(stretches(lines, file, own))
    return (
        f'<details class="file" id="file-{index}" open><summary><b>{safe(file.path)}</b> '
        f"{file.shown_tokens:,} of {file.tokens:,} tokens</summary>{body}</details>"
    )


def stretches(lines: Sequence[str], file: ExplainedFile, chunks: Sequence[ExplainedChunk]) -> Iterator[str]:
    at = 1
    for span in file.spans:
        yield from gap(lines, at, span.start_line - 1)
        yield kept(lines, span.start_line, span.end_line, chunks)
        at = span.end_line + 1
    yield from gap(lines, at, len(lines) if lines[-1] else len(lines) - 1)


def gap(lines: Sequence[str], first: int, last: int) -> Iterator[str]:
    if first > last or not any(line.strip() for line in lines[first - 1 : last]):
        return
    shown = min(last, first + MOST_FOLDED - 1)
    rest = f"\n… {last - shown:,} more lines" if shown < last else ""
    yield (
        f'<details class="gap"><summary>{last - first + 1:,} lines ({first}–{last})</summary>'
        f"<pre>{numbered(lines, first, shown)}{rest}</pre></details>"
    )


def kept(lines: Sequence[str], first: int, last: int, chunks: Sequence[ExplainedChunk]) -> str:
    here = [chunk for chunk in chunks if chunk.start_line <= last and chunk.end_line >= first]
    return f'<pre class="kept" title="{safe(chr(10).join(map(told, here[:8])))}">{numbered(lines, first, last)}</pre>'


def numbered(lines: Sequence[str], first: int, last: int) -> str:
    width = len(str(len(lines)))
    return "\n".join(f"<i>{row:>{width}}</i> {safe(lines[row - 1])}" for row in range(first, last + 1))
