"""An Azure for tests, on the loopback: Resource Graph and the few reads beside it, answered from seeded rows."""

from tests.emulator.access import Access
from tests.emulator.emulator import Emulator, Record
from tests.emulator.faults import Fault, Faults
from tests.emulator.quota import Quota
from tests.emulator.seed import load, taken_at

__all__ = ["Access", "Emulator", "Fault", "Faults", "Quota", "Record", "load", "taken_at"]
