"""The page's first section: what was read, of what was announced, what was refused, and what that leaves in doubt."""

from collections.abc import Iterable, Sequence

from scanner.facts.needs import need
from scanner.model import Coverage, Problem, Results
from scanner.reports.parts import summary
from scanner.reports.parts.findings import missing, needing
from scanner.reports.parts.page.elements import Child, Markup, element, figure, name, prose
from scanner.reports.parts.page.tables import plain, scrolling

_PROBLEMS, _SUBSCRIPTIONS, _TYPES, _HINTS = 200, 200, 60, 5


def banner(results: Results, code: int, why: str) -> list[Markup]:
    """What no reader may miss: that not all was read or judged."""
    if not results.incomplete() and code not in (2, 3):
        return []
    unread = [problem for problem in results.run.problems if problem.incomplete]
    word = "Nothing was judged" if code == 2 else "Incomplete: not all was read or judged"
    doubt = "Verdicts that should be in this report may be missing. What it counts as right is not the whole fleet."
    return [
        element(
            "div",
            element("p", element("strong", word)),
            element("p", prose(why, 1_000)) if not unread else None,
            element("ul", [element("li", _said(problem)) for problem in unread[:12]]) if unread else None,
            element("p", f"and {len(unread) - 12:,} more, below") if len(unread) > 12 else None,
            element("p", doubt if code != 2 else "This report is no proof of anything."),
            class_="banner",
            role="alert",
        )
    ]


def section(results: Results) -> list[Child]:
    """The whole section."""
    entries = results.run.coverage
    said = summary.reading(results)
    if not said:
        said = "Nothing in the input says how much there was to read: what is not in it, this report cannot know."
    return [
        element("p", prose(said[:1].upper() + said[1:]) + "." * (not said.endswith(".")), class_="lead"),
        _problems(results.run.problems),
        *_matrix(entries),
        *_missing(results),
    ]


def _said(problem: Problem) -> list[Child]:
    place = problem.place()
    return [*([element("code", prose(place, 300)), " "] if place else []), prose(problem.message, 1_000)]


def _problems(problems: Sequence[Problem]) -> Child:
    if not problems:
        return element("p", "No problem was met while reading.", class_="quiet")
    shown = sorted(problems, key=lambda problem: not problem.incomplete)
    rows = [
        element(
            "li",
            element(
                "span",
                "incomplete" if problem.incomplete else "note",
                class_="tag " + ("error" if problem.incomplete else "note"),
            ),
            " ",
            _said(problem),
        )
        for problem in shown[:_PROBLEMS]
    ]
    more = f"and {len(shown) - _PROBLEMS:,} more, in results.json" if len(shown) > _PROBLEMS else None
    return [element("ul", rows, class_="problems"), element("p", more) if more else None]


def _matrix(entries: Sequence[Coverage]) -> list[Child]:
    """Subscriptions by types: how many rows came of how many, and what was refused."""
    if not entries:
        return []
    kinds = sorted({entry.type for entry in entries})
    cells = {(entry.subscription, entry.type): entry for entry in entries}
    doubtful: dict[str, int] = {}
    for entry in entries:
        doubtful[entry.subscription] = doubtful.get(entry.subscription, 0) + (_state(entry)[0] in ("short", "refused"))
    places = sorted(doubtful, key=lambda place: (-doubtful[place], place))
    shown, columns = places[:_SUBSCRIPTIONS], kinds[:_TYPES]
    head = element(
        "tr",
        element("th", "subscription", scope="col"),
        [
            element("th", element("span", name(kind.rsplit("/", 1)[-1], 60)), scope="col", title=prose(kind, 200))
            for kind in columns
        ],
    )
    body = [
        element(
            "tr",
            element("th", name(place or "tenant"), scope="row"),
            [_cell(cells.get((place, kind))) for kind in columns],
        )
        for place in shown
    ]
    left = places[len(shown) :]
    unsure = sum(bool(doubtful[place]) for place in left)
    notes = [f"{len(left):,} more subscriptions, {unsure:,} of them in doubt, are in results.json."] if left else []
    notes += [f"{len(kinds) - len(columns):,} more types are in results.json."] if len(kinds) > len(columns) else []
    caption = "Rows received, by subscription and type"
    table = scrolling(
        caption,
        element(
            "table",
            element("caption", caption),
            element("thead", head),
            element("tbody", body),
            class_="matrix",
        ),
    )
    return [table, _legend(), *(element("p", note) for note in notes), *_doubts(entries)]


def _state(entry: Coverage) -> tuple[str, str, str]:
    """Its class, its sign, and what it means."""
    if entry.needs:
        return "refused", "⊘", f"not all may be seen by this identity: needs {entry.needs}"
    if entry.error:
        return "short", "!", entry.error
    if entry.announced is not None and entry.announced > entry.rows:
        return "short", "!", f"{entry.announced - entry.rows:,} of {entry.announced:,} rows did not come"
    if entry.collected:
        return "whole", "", "all there are"
    return "open", "?", "some; nobody says that these are all"


def _cell(entry: Coverage | None) -> Markup:
    if entry is None:
        return element("td", element("span", "–", title="not read"), class_="n absent")
    state, sign, means = _state(entry)
    count = figure(entry.rows)
    if entry.announced is not None and entry.announced != entry.rows:
        count += f" of {figure(entry.announced)}"
    return element(
        "td", element("span", f"{count}{' ' if sign else ''}{sign}", title=prose(means, 500)), class_=f"n {state}"
    )


def _legend() -> Markup:
    keys = [
        ("whole", "12", "all that there are"),
        ("open", "12 ?", "read, and nobody says that these are all"),
        ("short", "9 of 12 !", "not all came"),
        ("refused", "9 ⊘", "a right is missing to see all"),
        ("absent", "–", "not read"),
    ]
    return element(
        "p",
        [[element("span", sign, class_=f"key {state}"), f" {means}", "   "] for state, sign, means in keys],
        class_="legend",
    )


def _doubts(entries: Iterable[Coverage]) -> list[Child]:
    """What is not whole, in words."""
    lines = [
        element(
            "li",
            element("code", prose(entry.type, 200)),
            " in ",
            name(entry.subscription or "the tenant"),
            f": {prose(means, 600)}",
        )
        for entry in entries
        for state, _, means in [_state(entry)]
        if state in ("short", "refused")
    ]
    if not lines:
        return []
    more = f"and {len(lines) - _PROBLEMS:,} more, in results.json" if len(lines) > _PROBLEMS else None
    return [element("h3", "Not whole"), element("ul", lines[:_PROBLEMS]), element("p", more) if more else None]


def _missing(results: Results) -> list[Child]:
    """What would settle the unknowns."""
    lacking = missing(results)
    if not lacking:
        return []
    rows = []
    for entry in lacking:
        known = need(entry.need, results.run.stage)
        hints = "; ".join(list(entry.hints)[:_HINTS])
        rows.append(
            element(
                "tr",
                element("th", prose(f"{known.label}: {hints}" if hints else known.label, 600), scope="row"),
                element("td", prose(needing(entry).rsplit(" ", 1)[0]), class_="word"),
                element("td", prose(", ".join(sorted(entry.policies)), 2_000), class_="wide"),
                element("td", element("code", prose(known.get, 600)), class_="wide"),
            )
        )
    heads = ("missing", "of", "would settle", "get it with")
    title = "What is not known, and what would settle it"
    return [element("h3", title), plain(title, heads, rows)]
