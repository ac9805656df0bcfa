"""The time zones of backup policies, which Azure names as Windows does, as the zones Python knows."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanner.schedule.windows_zones import WINDOWS_ZONES

_SPELLED = {name.casefold(): name for name in WINDOWS_ZONES}


def canonical(name: str) -> str | None:
    """A Windows zone's id as the table spells it; None for one that is not in it, or that has no data here."""
    found = _SPELLED.get(name.casefold())
    return found if found is not None and _known(found) else None


def zone_info(name: str) -> ZoneInfo:
    """The rules of a zone that `canonical` gave."""
    return ZoneInfo(WINDOWS_ZONES[name])


@cache
def _known(name: str) -> bool:
    try:
        zone_info(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return False
    return True
