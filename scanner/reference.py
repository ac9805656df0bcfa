"""Writes the reference pages of the documentation from the catalogue and the words, so that they cannot fall behind."""

from scanner.authoring.pages import page
from scanner.facts.catalogue import Fact, catalogue, modules
from scanner.language.words import WORDS
from scanner.policies import BUILT_IN, load
from scanner.runbook.page import causes_page
from scanner.sources.iac.arm.reference import functions_page

_HEAD = "<!-- written by `make docs` from the catalogue; a test holds it to the code -->\n"


def facts_page() -> str:
    """docs/facts.md"""
    lines = [
        "# Facts",
        "",
        _HEAD,
        "What a policy may read of a subject. A fact that the rows do not tell is *not known*, neither true nor false;",
        "`live` facts are observed at run time. *Reach* says what must be collected beside Resource Graph.",
    ]
    for subject in sorted({module.subject for module in modules() if module.facts}):
        lines += [
            "",
            f"## {subject}",
            "",
            "| fact | value | what it tells | reach | live | read from |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_fact(name, fact) for name, fact in (catalogue(subject) or {}).items()]
    lines += [
        "",
        "Any other resource type: the row itself, by its own property names (`properties.publicNetworkAccess`).",
        "",
    ]
    return "\n".join(lines)


def _fact(name: str, fact: Fact) -> str:
    reads = "<br>".join(f"{row_type}: `{text}`" for row_type, text in fact.reads.items())
    cells = (f"`{name}`", str(fact.shape), fact.about, fact.reach(), "live" if fact.live else "", reads)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def words_page() -> str:
    """docs/words.md"""
    lines = [
        "# Words",
        "",
        _HEAD,
        "Every function of the policy language.",
        "",
        "| word | arguments | what it gives |",
        "|---|---|---|",
    ]
    for name, word in sorted(WORDS.items()):
        kinds = ", ".join([*word.kinds, *([f"{word.rest}, …"] if word.rest else [])])
        lines.append(f"| `{name}` | {kinds} | {word.about} |")
    return "\n".join([*lines, ""])


def policies_page() -> str:
    """docs/policies.md"""
    said = "Every built-in policy, with what `snapready policies show ID` says of it. Yours: `snapready policies docs`."
    return page(load([BUILT_IN]).values(), f"{_HEAD}\n{said}")


PAGES = {
    "arm-functions.md": functions_page,
    "causes.md": lambda: causes_page(policy.head for policy in load([BUILT_IN]).values()),
    "facts.md": facts_page,
    "policies.md": policies_page,
    "words.md": words_page,
}


if __name__ == "__main__":
    import sys
    from pathlib import Path

    for name, text in PAGES.items():
        (Path(sys.argv[1]) / name).write_text(text(), "utf-8")
