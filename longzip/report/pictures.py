"""The pictures of a page, as SVG without style or script: a bar, a treemap, a curve. Knows numbers and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from longzip.pipeline.explaining import ExplainedFile, Explanation

Safe = Callable[[str], str]
Box = tuple[float, float, float, float]  # x, y, width, height
WIDTH, HEIGHT = 960.0, 320.0
BAR = 28.0
MOST_TILES = 120
SHADES = 9
FEWEST_NAMED = 60.0  # of a tile's width, for its name to be written on it


def budget_bar(explanation: Explanation, safe: Safe) -> str:
    """The budget, a part for each file that is shown."""
    asked = max(1, explanation.result.report.asked)
    parts, at = [], 0.0
    for number, file in enumerate(explanation.files):
        width = WIDTH * file.shown_tokens / asked
        if width > 0:
            title = f"{safe(file.path)}: {file.shown_tokens:,} tokens"
            parts.append(
                f'<a href="#file-{number}"><rect x="{at:.1f}" y="0" width="{width:.1f}" height="{BAR}" '
                f'class="part{number % 2}"><title>{title}</title></rect></a>'
            )
            at += width
    label = f"{explanation.result.report.got:,} of {asked:,} tokens are used"
    return (
        f'<svg class="bar" viewBox="0 0 {WIDTH:g} {BAR:g}" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f'<rect x="0" y="0" width="{WIDTH:g}" height="{BAR:g}" class="free"/>{"".join(parts)}</svg>'
    )


def treemap(files: Sequence[ExplainedFile], safe: Safe) -> str:
    """A tile for each of the largest files: its area by its tokens, its shade by its best score."""
    ordered = sorted(enumerate(files), key=lambda pair: (-pair[1].tokens, pair[0]))[:MOST_TILES]
    tiles = [(number, file) for number, file in ordered if file.tokens > 0]
    boxes = laid_out([file.tokens for _number, file in tiles], (0.0, 0.0, WIDTH, HEIGHT))
    scores = sorted(file.best for _number, file in tiles if file.best is not None)
    drawn = "".join(
        tile(number, file, box, shade(file.best, scores), safe)
        for (number, file), box in zip(tiles, boxes, strict=True)
    )
    label = f"The {len(tiles):,} largest files by tokens"
    return f'<svg class="map" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{label}">{drawn}</svg>'


def tile(number: int, file: ExplainedFile, box: Box, dark: int, safe: Safe) -> str:
    x, y, width, height = box
    part = height * min(1.0, file.shown_tokens / file.tokens)
    title = f"{safe(file.path)}: {file.shown_tokens:,} of {file.tokens:,} tokens shown"
    name = file.path.rpartition("/")[2]
    most = int(width / 7)
    text = (
        f'<text x="{x + 4:.1f}" y="{y + 14:.1f}">{safe(name if len(name) <= most else name[: most - 1] + "…")}</text>'
        if width > FEWEST_NAMED and height > 18
        else ""
    )
    drawn = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="tile s{dark}">'
        f"<title>{title}</title></rect>"
        f'<rect x="{x:.1f}" y="{y + height - part:.1f}" width="{width:.1f}" height="{part:.1f}" class="shown"/>{text}'
    )
    return f'<a href="#file-{number}">{drawn}</a>' if file.spans else f"<g>{drawn}</g>"


def shade(score: float | None, scores: Sequence[float]) -> int:
    """From 0 to ``SHADES``, by the score's place among all."""
    if score is None or len(scores) < 2:
        return 0
    return round(SHADES * sum(other < score for other in scores) / (len(scores) - 1))


def laid_out(sizes: Sequence[float], box: Box) -> list[Box]:
    """Boxes that fill ``box``, in proportion to ``sizes`` (above 0, falling): halves of about equal size, the longer
    side divided."""
    if len(sizes) <= 1:
        return [box] * len(sizes)
    total, first, cut = sum(sizes), 0.0, 0
    while cut < len(sizes) - 1 and (cut == 0 or first + sizes[cut] / 2 < total / 2):
        first += sizes[cut]
        cut += 1
    share, (x, y, width, height) = first / total, box
    if width >= height:
        one, other = (x, y, width * share, height), (x + width * share, y, width * (1 - share), height)
    else:
        one, other = (x, y, width, height * share), (x, y + height * share, width, height * (1 - share))
    return [*laid_out(sizes[:cut], one), *laid_out(sizes[cut:], other)]


def curve_picture(points: Sequence[tuple[int, float]], asked: int) -> str:
    """The curve, the budget as a line, and the knee: the point that lies highest above the straight line."""
    most = max(1, points[-1][0])
    places = [(WIDTH * tokens / most, HEIGHT * (1 - value)) for tokens, value in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    knee = max(points, key=lambda point: point[1] - point[0] / most)
    at = WIDTH * min(asked, most) / most
    label = f"Relevance against tokens; the knee lies at about {knee[0]:,} tokens, {knee[1]:.0%} of the relevance"
    return (
        f'<svg class="curve" viewBox="-4 -4 {WIDTH + 8:g} {HEIGHT + 8:g}" role="img" aria-label="{label}">'
        f'<polyline points="{line}"/><line x1="{at:.1f}" y1="0" x2="{at:.1f}" y2="{HEIGHT:g}"/>'
        f'<circle cx="{WIDTH * knee[0] / most:.1f}" cy="{HEIGHT * (1 - knee[1]):.1f}" r="6">'
        f"<title>{label}</title></circle>"
        f'</svg><p class="hint">{label}; the line is the budget of {asked:,}.</p>'
    )
