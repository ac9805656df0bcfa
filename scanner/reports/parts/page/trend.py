"""The trend: what became of the results since the baseline, counted, and what was lost, fixed or is gone, by name."""

from collections import Counter

from scanner.model import Results, Trend
from scanner.reports.parts import summary
from scanner.reports.parts.findings import Labels
from scanner.reports.parts.page.elements import Child, Markup, element, figure, prose
from scanner.reports.parts.page.tables import link

_MEANS: dict[Trend, str] = {
    "new": "fails, and the baseline does not have it",
    "reappeared": "was gone or waived, and is back",
    "worse": "failed in the baseline, and is graver now",
    "persisting": "failed in the baseline already",
    "fixed": "failed in the baseline, and does not now",
    "lost": "was judged in the baseline, and is no longer known",
    "added": "nobody had judged it in the baseline",
}
_MOVED = 40


def section(results: Results) -> list[Child]:
    """The whole section."""
    if results.baseline is None:
        said = "No baseline was given: nothing is said of what is new (--baseline results.json of an earlier run)."
        return [element("p", said, class_="quiet")]
    counts = Counter(track.trend for track in results.tracks.values())
    gone = figure(len(results.baseline.gone))
    rows = [_row(word, _number(word, counts[word]), means) for word, means in _MEANS.items()]
    rows.append(_row("gone", gone, "failed in the baseline; its resource is no longer there"))
    moved = summary.moved(results, Labels(results).of)
    more = len(moved) - _MOVED
    when, _ = summary.since(results)
    file = element("code", prose(results.baseline.file, 300))
    return [
        element("p", "Since the baseline of ", element("strong", prose(when)), ", ", file, class_="lead"),
        element("table", element("tbody", rows), class_="plain narrow"),
        element("ul", [element("li", prose(line, 2_000)) for line in moved[:_MOVED]]) if moved else None,
        element("p", f"and {more:,} more, in results.json") if more > 0 else None,
    ]


def _row(word: str, number: Child, means: str) -> Markup:
    return element("tr", element("th", word, scope="row"), element("td", number, class_="n"), element("td", means))


def _number(word: Trend, count: int) -> Child:
    return element("a", figure(count), href=link({"trend": word, "verdict": "any"})) if count else "0"
