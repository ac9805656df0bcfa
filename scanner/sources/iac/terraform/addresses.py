"""Reads addresses and the `references` of a configuration: names and keys, step by step."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

Key = int | str
Step = str | tuple[Key]
"""One step of a reference: a name, or a key in brackets (as a tuple of one)."""

_STEP = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


@lru_cache(1 << 14)
def steps(text: str) -> tuple[Step, ...]:
    """`module.net["a"].ids[0]` → "module", "net", ("a",), "ids", (0,); what cannot be read ends it."""
    found: list[Step] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            break
        name, number, quoted = match.groups()
        if name is not None:
            found.append(name)
        elif number is not None:
            found.append((int(number),))
        else:
            try:
                found.append((str(json.loads(quoted)),))
            except ValueError:
                break
        at = match.end()
    return tuple(found)


@lru_cache(1 << 14)
def _heads(references: tuple[str, ...]) -> tuple[tuple[Step, ...], ...]:
    found = []
    at = 0
    while at < len(references):
        longest = references[at]
        found.append(steps(longest))
        at += 1
        while at < len(references) and _shortens(longest, references[at]):
            at += 1
    return tuple(found)


def _shortens(longer: str, shorter: str) -> bool:
    return len(shorter) < len(longer) and longer.startswith(shorter) and longer[len(shorter)] in ".["


def heads(references: Sequence[Any]) -> tuple[tuple[Step, ...], ...]:
    """What an expression refers to. Terraform lists each reference from its longest form to its shortest."""
    return _heads(tuple(each for each in references if isinstance(each, str)))


def keys_in(rest: Sequence[Step]) -> list[Key]:
    return [step[0] for step in rest if isinstance(step, tuple)]
