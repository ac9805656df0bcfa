"""The two names that templates derive from texts, uniqueString and guid, as the service computes them.

guid: the name-based UUID (RFC 4122, version 5) of the texts joined by "-" in a namespace that Azure's page on Bicep's
string functions states. uniqueString: 64 bits of Murmur3's mixing over the joined texts, in base 32; the service's code
is not published, the test holds it to values that deployments gave.
"""

from uuid import UUID, uuid5

_NAMESPACE = UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_WORD = 0xFFFFFFFF
_ONE, _TWO = 0x239B961B, 0xAB0E9789


def name_guid(text: str) -> str:
    return str(uuid5(_NAMESPACE, text.encode("utf-8", "replace").decode()))


def unique_string(text: str) -> str:
    """Thirteen signs: 65 bits, the last of them zero."""
    bits = _murmur(text.encode("utf-8", "replace")) << 1
    return "".join(_DIGITS[bits >> shift & 31] for shift in range(60, -1, -5))


def _turn(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & _WORD


def _first(word: int) -> int:
    return _turn(word * _ONE & _WORD, 15) * _TWO & _WORD


def _second(word: int) -> int:
    return _turn(word * _TWO & _WORD, 17) * _ONE & _WORD


def _finish(word: int) -> int:
    word = (word ^ word >> 16) * 0x85EBCA6B & _WORD
    word = (word ^ word >> 13) * 0xC2B2AE35 & _WORD
    return word ^ word >> 16


def _murmur(data: bytes) -> int:
    low = high = 0
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        low ^= _first(int.from_bytes(data[at : at + 4], "little"))
        low = ((_turn(low, 19) + high) * 5 + 0x561CCD1B) & _WORD
        high ^= _second(int.from_bytes(data[at + 4 : at + 8], "little"))
        high = ((_turn(high, 13) + low) * 5 + 0x0BCAA747) & _WORD
    rest = data[whole:]
    if rest:
        low ^= _first(int.from_bytes(rest[:4], "little"))
        if len(rest) > 4:
            high ^= _second(int.from_bytes(rest[4:], "little"))
    low ^= len(data)
    high ^= len(data)
    low = low + high & _WORD
    high = high + low & _WORD
    low, high = _finish(low), _finish(high)
    low = low + high & _WORD
    high = high + low & _WORD
    return high << 32 | low
