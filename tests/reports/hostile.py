"""Results that somebody made to break a report: markup, control characters, lone surrogates, ten thousand letters."""

from dataclasses import replace

from hypothesis import strategies as st

from scanner.facts.needs import NEEDS
from scanner.gate import Decision, Gate, decide
from scanner.model import (
    SEVERITIES,
    VERDICTS,
    Baseline,
    Coverage,
    Evidence,
    Gone,
    Judged,
    Origin,
    Outcome,
    PolicyHead,
    Problem,
    Results,
    Run,
    Standing,
    Subject,
    Track,
    Trend,
    Waiver,
)
from scanner.reports.parts.texts import line
from tests.reports.scans import Scan

CHOSEN = [
    "",
    " ",
    "\n",
    "a\r\nb\x85c\u2028d",
    "\x00\x01\x1b[2J\x7f\x9f",
    "\ud800",
    "\udfff lone",
    "\ufffe\uffff\U0001fffe",
    "\u202eevil\u2066",
    "\u200b",
    "]]>",
    "<!--",
    "-->",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</code></td></details>",
    "&amp;&#64;&lt;",
    "| a | b |\n|---|---|",
    "\\|",
    "`` ` ``` ````",
    "```\n# heading",
    "@octocat and @org/team",
    "#1 GH-1 owner/repo#1",
    "a@b.example",
    "[click](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "https://evil.example/?a=b www.evil.example ftp://evil.example",
    "$\\href{https://evil.example}{x}$",
    "{0} {1} {x} {{}} %s %n",
    "*bold* _em_ ~~gone~~ **b** __u__",
    "- item",
    "1. item",
    "> quote",
    "# heading",
    "---",
    "    code",
    "<r><t>rich</t></r>",
    "<r>&</r>",
    "_x0041_ _x005F_",
    "x" * 10_000,
    "<" * 10_000,
    "=HYPERLINK(1)",
]


def paired(text: str) -> str:
    """`text` as any reader of JSON would have made it: two surrogates that are a pair are one letter."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


texts = st.one_of(
    st.sampled_from(CHOSEN),
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.lists(st.sampled_from(CHOSEN[:-3]), max_size=3).map("".join),
).map(paired)
some = texts.filter(bool)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=3,
)
evidence = st.builds(Evidence, some, json_values, some, texts)
outcomes = st.builds(
    Outcome,
    st.sampled_from(VERDICTS),
    st.sampled_from(SEVERITIES),
    texts,
    st.lists(st.sampled_from([*NEEDS, "no such need"]), max_size=2, unique=True).map(tuple),
    st.lists(evidence, max_size=2).map(tuple),
)
heads = st.builds(
    PolicyHead,
    some,
    texts,
    st.sampled_from(["microsoft.compute/virtualmachines", "a|b/c<d>s"]),
    st.sampled_from(SEVERITIES),
    st.sampled_from(["resource graph", "guest"]),
    texts,
    texts,
    st.fixed_dictionaries(
        {}, optional={"title": texts, "url": texts | st.just("https://example.com/a_b"), "read": texts}
    ),
    st.dictionaries(texts, st.lists(texts, max_size=3).map(tuple), max_size=2),
    st.dictionaries(texts, json_values, max_size=2),
)
problems = st.builds(Problem, some, texts, st.integers(0, 9), st.booleans(), st.integers(1, 9))
runs = st.builds(
    Run,
    st.just("2026-11-22T01:00:00Z"),
    st.sampled_from(["header", "option", "clock"]),
    texts,
    st.lists(texts, max_size=3).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    st.just({}),
    st.lists(st.builds(Coverage, texts, texts, st.integers(0, 9), st.booleans(), st.none(), texts), max_size=2).map(
        tuple
    ),
    st.lists(problems, max_size=3).map(tuple),
    st.integers(0, 3),
)
maybe = st.none() | st.booleans()
standings = st.builds(Standing, maybe, maybe, maybe, st.none() | texts, st.none() | texts)
origins = st.none() | st.builds(Origin, some, st.integers(0, 9), st.integers(0, 9))
patterns = st.lists(some, min_size=1, max_size=2).map(tuple)
waivers = st.builds(
    Waiver, patterns, patterns, some, some, texts, texts, texts, st.sampled_from(["file", "exemption"]), texts, origins
)
trends: st.SearchStrategy[Trend] = st.sampled_from(["new", "reappeared", "persisting", "fixed", "lost", "added"])
gates = st.builds(Gate, st.sampled_from(["error", "warning", "note", "never"]), st.booleans(), st.booleans())


@st.composite
def subjects(draw: st.DrawFn) -> list[Subject]:
    ids = draw(st.lists(some, max_size=4, unique_by=str.lower))
    return [
        Subject(each, each.lower(), draw(some), draw(texts), draw(texts), draw(st.sampled_from(["s1", "s2"]) | texts))
        for each in sorted(ids, key=str.lower)
    ]


@st.composite
def scans(draw: st.DrawFn) -> Scan:
    """Results of a hostile fleet with the gate's decision."""
    fleet = draw(subjects())
    policies = draw(st.lists(heads, min_size=1, max_size=3, unique_by=lambda head: line(head.id).strip() or "?"))
    judged = tuple(
        Judged(head, fleet, [draw(outcomes) for _ in fleet]) for head in sorted(policies, key=lambda head: head.id)
    )
    known = {subject.key: draw(standings) for subject in fleet if draw(st.booleans())}
    results = Results(draw(runs), judged, known)
    keys = [(each.policy.id, subject.key) for each in judged for subject in each.subjects]
    fails = {
        (each.policy.id, subject.key)
        for each in judged
        for subject, outcome in zip(each.subjects, each.outcomes, strict=True)
        if outcome.verdict == "fail"
    }
    if draw(st.booleans()):
        results = replace(results, waivers={key: draw(waivers) for key in keys if key in fails and draw(st.booleans())})
    if draw(st.booleans()):
        gone = [Gone(draw(st.sampled_from(policies)).id, subject, "note", draw(some)) for subject in draw(subjects())]
        results = replace(
            results,
            baseline=Baseline(draw(some), "2026-11-21T01:00:00Z", tuple(gone)),
            tracks={key: Track(draw(trends), draw(texts)) for key in keys if draw(st.booleans())},
            memory={key: "2026-11-01T01:00:00Z" for key in keys if draw(st.booleans())},
        )
    decision: Decision = decide(results, draw(gates))
    return results, decision
