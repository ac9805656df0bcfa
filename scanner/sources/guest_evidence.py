"""Makes guest facts rows of the run commands and machine configuration assignments that sources read.

What runs in the guest tells the properties of such a row as JSON: a run command in its script's output, an assignment
in the phrases of its latest report's reasons. Which VM they are of, and who tells them, is never taken from the JSON.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from scanner.model import MADE_FROM, Row
from scanner.queries import PUBLISHED
from scanner.rowtypes import GUEST_ASSIGNMENT, GUEST_FACTS, RUN_COMMAND, parent_of, subscription_of

_TELLING = ("interfaces", "registry", "services", "proxy", "agent", "platformEndpoint", "vssWriters")
_OUTPUT_LIMIT = 4096
"""Bytes that the instance view of a managed run command keeps of its script's output: the last ones."""
_CODE = re.compile(r"guestfacts(?:\.([0-9]{1,4}))?")
_HOW = "docs/guest-facts.md shows how"
_decode = msgspec.json.Decoder().decode


class NotGuestFacts(Exception):
    """Why a row that is named for it publishes no guest facts, and the next step."""


class _Published(NamedTuple):
    source: str
    text: str
    vm: str
    times: tuple[Any, ...]
    """When it was told, best first; taken where the text itself does not say."""


def guest_facts_of(row: Row) -> Row | None:
    """The guest facts row that a row publishes; None for one of another type, or not named for it.

    Raises NotGuestFacts where the name says that there should be one.
    """
    identity = row["id"].strip().rstrip("/")
    read = PUBLISHERS.get(row["type"].lower())
    if read is None or not identity.rsplit("/", 1)[-1].lower().startswith(PUBLISHED):
        return None
    try:
        published = read(identity, row.get("properties"))
        facts = facts_in(published.text, printed=published.source == "run-command")
        if not subscription_of(published.vm):
            raise NotGuestFacts("neither its id nor targetResourceId names a VM; keep them in the query")
    except NotGuestFacts as error:
        raise NotGuestFacts(f"{identity} publishes no guest facts: {error}") from None
    if facts.get("collectedAt") is None:
        facts["collectedAt"] = next((time for time in published.times if isinstance(time, str)), None)
    return {
        "id": f"{published.vm}/guestFacts",
        "type": GUEST_FACTS,
        "subscriptionId": subscription_of(published.vm),
        MADE_FROM: identity,
        "properties": {**facts, "source": published.source},
    }


def _run_command(identity: str, properties: Any) -> _Published:
    view = _at(properties, "instanceview")
    if not isinstance(view, dict):
        raise NotGuestFacts("its row has no instanceView; save what az vm run-command show --instance-view prints")
    state, code, output = (_at(view, name) for name in ("executionstate", "exitcode", "output"))
    if not isinstance(state, str) or state.lower() != "succeeded" or type(code) is not int or code != 0:
        raise NotGuestFacts(
            f"its script has not succeeded (executionState {state!r:.40}, exitCode {code!r:.40});"
            " read error in its instanceView, and run it again"
        )
    times = (_at(view, "endtime"), _at(view, "starttime"))
    return _Published("run-command", output if isinstance(output, str) else "", parent_of(identity), times)


def _assignment(identity: str, properties: Any) -> _Published:
    above = identity[: max(0, identity.lower().rfind("/providers/microsoft.guestconfiguration/"))]
    target = _at(properties, "targetresourceid")
    vm = target.strip().rstrip("/") if isinstance(target, str) and subscription_of(target) else above
    report = _at(properties, "latestassignmentreport")
    times = (_at(report, "endtime"), _at(properties, "lastcompliancestatuschecked"))
    return _Published("machine-configuration", _phrases(properties), vm, times)


def _phrases(properties: Any) -> str:
    """The text in the phrases of the reasons, which may be told in numbered parts."""
    parts: dict[int, str] = {}
    for reason in _reasons(properties):
        code, phrase = _at(reason, "code"), _at(reason, "phrase")
        found = _CODE.fullmatch(code.rsplit(":", 1)[-1].strip().lower()) if isinstance(code, str) else None
        if found is None:
            continue
        number = int(found[1] or 0)
        if not isinstance(phrase, str) or parts.setdefault(number, phrase) != phrase:
            raise NotGuestFacts(f"its reason {code!r:.80} has no phrase, or several; {_HOW}")
    if not parts:
        raise NotGuestFacts(f"its latest report has no reason whose code ends in :guestFacts, or there is none; {_HOW}")
    first = min(parts)
    if first > 1 or sorted(parts) != list(range(first, first + len(parts))):
        raise NotGuestFacts(f"of its reasons guestFacts.1, guestFacts.2, … one is missing; {_HOW}")
    return "".join(parts[number] for number in sorted(parts))


def _reasons(properties: Any) -> Iterator[Any]:
    """Every reason of the latest report, where Resource Graph has them and where replies of the REST API do."""
    report = _at(properties, "latestassignmentreport")
    for place in (report, _at(report, "details"), properties, _at(properties, "details")):
        for name in ("resources", "assignmentreportresources"):
            for resource in _list(_at(place, name)):
                yield from _list(_at(resource, "reasons"))
                yield from _list(_at(_at(resource, "properties"), "reasons"))


PUBLISHERS: dict[str, Callable[[str, Any], _Published]] = {RUN_COMMAND: _run_command, GUEST_ASSIGNMENT: _assignment}
"""The row types that may publish guest facts, and how each is read."""


def facts_in(text: str, *, printed: bool) -> dict[str, Any]:
    """The facts that a text is. `printed`: by a script, of whose output Azure keeps the last bytes only.

    Raises NotGuestFacts.
    """
    whole = text.strip("\ufeff \t\r\n")  # Windows PowerShell may begin with a byte-order mark
    try:
        value = _decode(whole)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotGuestFacts(_no_object(whole, len(text.encode("utf-8", "replace")), printed=printed))
    if not tells(value):
        raise NotGuestFacts(f"its JSON holds none of {', '.join(_TELLING)} at the top; {_HOW}")
    return value


def tells(facts: dict[str, Any]) -> bool:
    """Whether a JSON object looks like guest facts."""
    return any(name in facts for name in _TELLING)


def _no_object(text: str, size: int, *, printed: bool) -> str:
    if not printed:
        return f"the phrases of its reasons are no JSON object; {_HOW}"
    if not text:
        return f"its output is empty; let the script print one JSON object; {_HOW}"
    if size > _OUTPUT_LIMIT * 0.97:  # characters cut in two and line ends may be missing
        return (
            f"its output is cut off (Azure keeps the last {_OUTPUT_LIMIT:,} bytes), so it is no JSON object;"
            " print it without spaces, and only what the policies read"
        )
    return f"its output is no JSON object; let the script print that and nothing else; {_HOW}"


def _at(value: Any, name: str) -> Any:
    """What an object has under a name given in lower case, whatever the letters there; None for nothing."""
    if not isinstance(value, dict):
        return None
    return next((each for key, each in value.items() if each is not None and key.lower() == name), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
