"""How much a waiver's patterns cover: a waiver should name a resource or a resource group, and policies."""

from collections.abc import Iterable

from scanner.model import Severity, Waiver

_STRUCTURE = {"subscriptions", "resourcegroups", "providers", "managementgroups", "snapready"}


def too_broad(waiver: Waiver, types: Iterable[str]) -> tuple[Severity, str] | None:
    """What is wrong with its breadth, and how grave that is; `types`: of the resources that are judged."""
    known = {part for name in types for part in name.split("/")} | _STRUCTURE
    everything = [text for text in waiver.resources if not _names(text, known)]
    every_policy = [text for text in waiver.policies if not text.strip("*?")]
    if everything and not all(map(subscription_of, everything)):
        what = "every policy on " if every_policy else ""
        return "error", f"it covers {what}every resource, as {everything[0]!r} names no resource and no group"
    if everything:
        return "warning", f"it covers a whole subscription, as {everything[0]!r} names no resource and no group"
    if every_policy:
        return "warning", "it covers every policy, also those that are yet to come: name them"
    return None


def _names(pattern: str, known: set[str]) -> bool:
    """Whether a pattern of ids says something of a resource's or a group's name."""
    before = ""
    for segment in pattern.split("/"):
        words = segment.replace("?", "*").strip("*")
        if words and before != "subscriptions" and _is_name(words, known):
            return True
        before = segment
    return False


def loose(waiver: Waiver, types: Iterable[str]) -> list[str]:
    """Its patterns without the whole name of a resource or a group, such as `*0*`: one must look what they cover."""
    known = {part for name in types for part in name.split("/")} | _STRUCTURE
    return [text for text in waiver.resources if set("*?") & set(text) and not _names_whole(text, known)]


def _names_whole(pattern: str, known: set[str]) -> bool:
    segments = pattern.split("/")
    return any(
        segment and not set("*?") & set(segment) and before != "subscriptions" and _is_name(segment, known)
        for before, segment in zip(["", *segments], segments, strict=False)
    )


def _is_name(text: str, known: set[str]) -> bool:
    return text not in known and not text.startswith("microsoft.")


def subscription_of(pattern: str) -> str:
    """The one subscription that a pattern of ids is kept to; "" where it is not."""
    parts = pattern.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "subscriptions" and not set("*?") & set(parts[2]) else ""
