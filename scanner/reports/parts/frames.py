"""What many results have in common, as JSON with gaps for what hangs on their resource, so that it is written once."""

from collections.abc import Sequence
from typing import AnyStr


def around(text: AnyStr, gap: AnyStr, quote: AnyStr, bare: Sequence[bool]) -> tuple[AnyStr, ...]:
    """The parts of a text around its gaps, which stand in quotation marks; `bare`: of each gap, whether what comes in
    is no text, and the marks go. Empty where the text has more gaps than these: something in it looks like one."""
    parts = text.split(gap)
    if len(parts) != len(bare) + 1:
        return ()
    for at, alone in enumerate(bare):
        if alone:
            parts[at] = parts[at].removesuffix(quote)
            parts[at + 1] = parts[at + 1].removeprefix(quote)
    return tuple(parts)
