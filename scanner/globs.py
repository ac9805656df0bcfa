"""Patterns of ids and names as people write them: * is any text, ? one character, letter case does not count."""

import re
from collections.abc import Callable, Iterable


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text is matched as a whole by one of the patterns; * goes across the slashes of an id."""
    parts = [re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".") for pattern in patterns]
    found = re.compile("|".join(parts), re.DOTALL).fullmatch
    return lambda text: found(text.lower()) is not None
