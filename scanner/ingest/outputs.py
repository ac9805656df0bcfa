"""Reads what Run Command, Machine Configuration and management tools give back, in every form that az or REST saves."""

import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from scanner.ingest.told import Passed, Read, Told, Unusable
from scanner.model import Row
from scanner.rowtypes import GUEST_ASSIGNMENT, GUEST_FACTS, parent_of
from scanner.sources import forms
from scanner.sources.document import Document, InvalidText, Malformed
from scanner.sources.guest_evidence import NotGuestFacts, facts_in, guest_facts_of, tells

_FIRST_LOOK = 64 << 10
_REPORT = re.compile(r"(.*/guestconfigurationassignments/[^/]+)(?:/reports/[^/]+)?", re.IGNORECASE)
_CUT = (
    "its beginning is cut off, as Run Command keeps the last 4,096 bytes of what a script prints: print less, or run"
    " the script in a way that keeps all of it"
)


def outputs_in(stream: BufferedReader) -> Iterator[Read]:
    """What a file tells, in its order; raises Malformed where it stops being JSON."""
    first = stream.read(_FIRST_LOOK)
    start = first.lstrip()
    if not start:
        yield Unusable("the file is empty")
    elif start[:1] in b"{[":
        yield from _values(Document(first, stream.read1))
    else:
        yield _text((first + stream.read()).decode("utf-8", "replace"))


def _text(text: str) -> Read:
    """A message of Run Command without the reply around it; or no output of our scripts."""
    if "[stdout]" in text:
        return _message(text, 1)
    if text.rstrip().endswith("}") and '"' in text:
        return Unusable(_CUT, 1)
    said = " ".join(text.split())[:80]
    return Unusable(f"this is no JSON, and so not what snapready guest-script prints: {said!r}", 1)


def _values(document: Document) -> Iterator[Read]:
    """Every value of a file. What stands in one list may belong together, as the two streams of a script do."""
    members: list[tuple[Any, int]] = []
    try:
        for what, value in document.values():
            if what == "element":
                members.append((value, document.started))
                continue
            if what == "array" or members or forms.is_reply(value):
                yield from _list(members, value if what == "object" else {}, document.started)
                members = []
            else:
                yield from _value(value, document.started)
    except Malformed:
        yield from _list(members, {}, 0)
        raise


def _list(members: list[tuple[Any, int]], reply: dict[str, Any], line: int) -> Iterator[Read]:
    """The members of a list, or of a reply, which says itself where there is more than it holds."""
    found = members or [(each, line) for each in forms.rows_of_reply(reply)]
    missing = forms.what_is_missing(reply, len(found))
    if missing:
        yield Unusable(f"the reply is not complete: {missing}; collect all of it", line)
    if found and all(_is_stream(value) for value, _ in found):
        yield _streams([value for value, _ in found], line)
        return
    for value, at in found:
        if forms.is_reply(value):
            yield from _list([], value, at)
        else:
            yield from _value(value, at)


def _is_stream(value: Any) -> bool:
    """One of the messages that az vm run-command invoke gives back for a VM."""
    return isinstance(value, dict) and isinstance(value.get("message"), str) and "id" not in value


def _streams(messages: list[Row], line: int) -> Read:
    """Of a Linux VM one message that holds both streams, of a Windows VM one for each stream."""
    out = next((each for each in messages if "stdout" in str(each.get("code")).lower()), messages[0])
    code = str(out.get("code"))
    if "fail" in code.lower():
        return Unusable(f"its script failed ({code}): {_first(out['message'])}", line)
    return _message(out["message"], line)


def _message(message: str, line: int) -> Read:
    before, mark, after = message.partition("[stdout]")
    if mark and "failed" in before.lower():
        return Unusable(f"its script failed: {_first(before)}", line)
    return _printed(after.partition("\n[stderr]")[0] if mark else message, "run-command", line)


def _printed(text: str, source: str, line: int) -> Read:
    try:
        return Told(facts_in(text, printed=True), source, line=line)
    except NotGuestFacts as error:
        return Unusable(str(error), line)


def _first(text: str) -> str:
    return next((line.strip()[:100] for line in text.splitlines() if line.strip()), "it says nothing")


def _value(value: Any, line: int) -> Iterator[Read]:
    """One JSON value that stands for itself."""
    members = list(value.values()) if isinstance(value, dict) else [value]
    spoilt = next((each for each in members if isinstance(each, InvalidText)), None)
    if spoilt or not isinstance(value, dict):
        yield Unusable(f"this is {forms.what_it_is(spoilt or value)}", line)
    elif forms.is_header(value):
        return
    elif (row := _row(value)) is not None:
        yield _published(row, line)
    elif _is_stream(value):
        yield _message(value["message"], line)
    elif isinstance(value.get("stdout"), str) and "rc" in value:
        yield _ansible(value, line)
    elif tells(value):
        yield Told(value, _text_of(value.get("source")), line=line)
    elif "collectedAt" in value and "id" not in value:
        yield Unusable("the script could read nothing there but the time; run it as root, or as SYSTEM", line)
    else:
        yield Unusable(f"this is {forms.what_it_is(value)}", line)


def _row(value: Row) -> Row | None:
    """A row as it is, as az flattens it, or without the type that some replies of Machine Configuration lack."""
    flattened = forms.instance_view_row(value) or value
    if forms.is_row(flattened):
        return flattened
    identity, properties = value.get("id"), value.get("properties")
    found = _REPORT.fullmatch(identity.strip()) if isinstance(identity, str) else None
    if found is None or not isinstance(properties, dict):
        return None
    if found[1] == identity:
        return {**value, "type": GUEST_ASSIGNMENT}
    vm = properties.get("vm")
    target = vm.get("id") if isinstance(vm, dict) else None
    report = {"targetResourceId": target, "latestAssignmentReport": properties}
    return {"id": found[1], "type": GUEST_ASSIGNMENT, "properties": report}


def _published(row: Row, line: int) -> Read:
    """A row of guest facts, or one that publishes them; others are passed over."""
    if row["type"].lower() == GUEST_FACTS:
        facts = row.get("properties")
        if not isinstance(facts, dict):
            return Unusable("this row of guest facts has no properties", line)
        return Told(facts, _text_of(facts.get("source")), parent_of(row["id"]), line)
    try:
        made = guest_facts_of(row)
    except NotGuestFacts as error:
        return Unusable(str(error), line)
    if made is None:
        return Passed()
    facts = made["properties"]
    return Told(facts, facts["source"], parent_of(made["id"]), line)


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _ansible(value: Row, line: int) -> Read:
    """What Ansible writes of one host: the result of the module script, shell or command."""
    if value["rc"] != 0:
        return Unusable(f"its script failed (rc {value['rc']!r:.20}): {_first(_text_of(value.get('stderr')))}", line)
    return _printed(value["stdout"], "ansible", line)
