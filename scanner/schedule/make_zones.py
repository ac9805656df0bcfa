"""Writes windows_zones.py anew from the CLDR table that tzlocal ships: pip install tzlocal, then run this module."""

import importlib
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

_HEAD = '''"""Windows time zone ids and the IANA zone of each: written by `python -m scanner.schedule.make_zones`.

Derived from windowsZones.xml of the Unicode Common Locale Data Repository (CLDR), territory 001, as it comes with
tzlocal {version} (MIT). CLDR: Copyright 1991-2026 Unicode, Inc., Unicode License V3: https://www.unicode.org/license.txt
"""

WINDOWS_ZONES = {{
{lines}}}
'''


def text() -> str:
    """The module's text; every zone of it is one that zoneinfo can load."""
    table: dict[str, str] = importlib.import_module("tzlocal.windows_tz").win_tz
    lines = [f'    "{name}": "{ZoneInfo(zone).key}",\n' for name, zone in sorted(table.items())]
    return _HEAD.format(version=version("tzlocal"), lines="".join(lines))


if __name__ == "__main__":
    (Path(__file__).parent / "windows_zones.py").write_text(text(), "utf-8")
