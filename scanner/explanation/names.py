"""Fills the words in capitals of commands with the ids of one VM, as far as they are known."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.model import Subject
from scanner.rowtypes import VM, resource_group_of

Names = Mapping[str, str]
"""What words in capitals stand for, fit for a shell."""
_WORD = re.compile(r"(?<![\w-])[A-Z]+(?:-[A-Z]+)*(?![\w-])")
_COMMAND_OR_VALUE = re.compile(r"\baz ([a-z]+)|(?<=\s)(--?[a-z-]+) ([A-Z]+(?:-[A-Z]+)*)(?![\w-])")
_GROUPS = {"vm": "GROUP", "backup": "VAULT-GROUP"}
"""Of which resource group a command speaks that says GROUP; of others that is not known."""
_SYSTEM = re.compile(r"(Linux|Windows): ")


def names_of(subject: Subject, told: Mapping[str, Any], paths: Sequence[str]) -> Names:
    """What stands for what, of that subject; `told` are its facts, of which some may not be known."""
    found = {"SUBSCRIPTION": subject.subscription, "RESOURCE": subject.name}
    if subject.type == VM:
        found |= {"VM-ID": subject.id, "VM": subject.name, "GROUP": subject.resource_group}
        found["VM-NAME"] = re.sub(r"[^\w.-]", "_", subject.name)
        if isinstance(region := told.get("location"), str):
            found["REGION"] = region
        if isinstance(item := told.get("backup.item"), str):
            found |= _item(item)
    quoted = {word: shlex.quote(value) for word, value in found.items() if value}
    return quoted | ({"PATHS": shlex.join(paths)} if paths else {})


def _item(item: str) -> Iterator[tuple[str, str]]:
    """The vault, container and item that an item's id names."""
    parts = item.split("/")
    named = dict(zip(parts[1::2], parts[2::2], strict=False))
    for word, part in (("VAULT", "vaults"), ("CONTAINER", "protectioncontainers"), ("ITEM", "protecteditems")):
        if named.get(part):
            yield word, named[part]
    yield "VAULT-GROUP", resource_group_of(item)


def filled(command: str, names: Names) -> str:
    """A command of the runbook, in which every word in capitals stands for something."""
    return _WORD.sub(lambda word: names.get(word[0], word[0]), command)


def filled_in(text: str, names: Names) -> str:
    """A text with commands in it, such as a policy's fix: only words behind an option are filled in."""
    about = ""

    def put(found: re.Match[str]) -> str:
        nonlocal about
        if found[1]:
            about = found[1]
            return found[0]
        word = found[3]
        value = names.get(_GROUPS.get(about, "") if word == "GROUP" else word)
        return found[0] if value is None else f"{found[2]} {value}"

    return _COMMAND_OR_VALUE.sub(put, text)


def for_system(text: str, system: str) -> list[str]:
    """The lines of a text, without those that begin with the name of the other system and what belongs to them."""
    kept: list[str] = []
    other = False
    for line in text.splitlines():
        begins = _SYSTEM.match(line)
        if begins:
            other = bool(system) and begins[1] != system
        elif other and not (line[:1].isspace() or (line[:1].islower() and not line.startswith("az "))):
            other = False
        if not other:
            kept.append(line)
    return kept
