"""Functions over points in time; the time of a deployment is never known."""

from datetime import UTC, datetime, timedelta

from scanner.sources.iac.arm.durations import moment, shift, written
from scanner.sources.iac.arm.table import Group
from scanner.sources.iac.arm.values import Refused, Value
from scanner.sources.iac.model import Holed

GROUP = Group("Date functions")


@GROUP.add("dateTimeAdd", "string, string, string?", "string")
def date_time_add(base: str, duration: str, form: str | None = None) -> Value:
    """Without a format the service writes the time in one of its own, which its page shows two of."""
    when = shift("dateTimeAdd", moment("dateTimeAdd", base), duration)
    text = written(when, form) if form else None
    if text is not None:
        return text
    shown = f"dateTimeAdd('{base}','{duration}'{f',{form!r}' if form else ''})"
    why = (
        f"dateTimeAdd: how the service writes {form!r} is not read"
        if form
        else "dateTimeAdd without a format writes the time in a form that is not documented"
    )
    return Holed("{" + shown.replace("{", "<").replace("}", ">") + "}", (why,))


@GROUP.add("dateTimeToEpoch", "string", "int")
def date_time_to_epoch(text: str) -> int:
    return int((moment("dateTimeToEpoch", text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))


@GROUP.add("dateTimeFromEpoch", "int", "string")
def date_time_from_epoch(seconds: int) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        raise Refused("dateTimeFromEpoch: the time lies beyond the year 9999") from None


GROUP.never("utcNow", "string?", "string", "utcNow() is the time of the deployment")
