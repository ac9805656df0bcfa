"""Makes pseudonyms, and remembers which names and ids there are, so that texts can be searched for them."""

import hmac
import re
from collections.abc import Callable

from scanner.mask.words import RANK, VOCABULARY

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![^\W_])")
_PART = re.compile(rf"{GUID.pattern}|%[0-9A-Fa-f]{{2}}|[^\W_]+")
_SERVICE_GROUP = re.compile(r"azurebackuprg_[a-z0-9]+_\d+", re.IGNORECASE).fullmatch
"""A resource group of Azure Backup's own, where restore points lie: its name tells a region, and nobody's name."""
_DIGITS = 12
"""Of a pseudonym: in a million names of one kind, two get the same with a chance of 1 to 560."""
_CACHED = 1 << 16
_LETTER = re.compile(r"[^\W\d_]").search
NIL = "00000000-0000-0000-0000-000000000000"
STOPS = re.compile(r"[\s\"'<>|,?#\\`{}\[\]]")
"""Where an id in a longer text ends, if no known name goes on."""


def lowered(text: str) -> str:
    """Lower case of the same length, so that places in it are places in the text."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(each if len(each.lower()) != 1 else each.lower() for each in text)


class Names:
    """Pseudonyms by HMAC of kind and lower-cased name. While it learns, every name asked for becomes a known one."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._made: dict[tuple[str, str], str] = {}
        self._known: dict[str, str] = {}
        self._bare: dict[str, str] = {}
        """Known names that begin or end in what is no letter or digit, by what is between."""
        self._lengths: dict[str, int] = {}
        """Of known names of several parts: the first part, and the most parts of a name that begins so."""
        self._wide: set[str] = set()
        """Known names in which an id in a text would seem to end."""
        self._widest = 0
        self._guids: set[str] = set()
        self._numbered: dict[tuple[str, str], Callable[[str], re.Match[str] | None]] = {}
        """How groups are called that a number is put into: what stands before it and behind it."""
        self.learning = False

    def learn(self, on: bool) -> None:
        """From now on what is asked for is learnt, or is not; what was made before may not have been."""
        self.learning = on
        self._made.clear()

    def _digest(self, kind: str, low: str) -> str:
        return hmac.digest(self._key, f"{kind}\0{low}".encode("utf-8", "surrogatepass"), "sha256").hex()

    def guid(self, text: str) -> str:
        """The pseudonym of a GUID, or of what stands in place of one."""
        found = self._made.get(("guid", text))
        if found is None:
            low = text.lower()
            if not low or low == NIL:
                return text
            if self.learning:
                self._guids.add(low)
                if not GUID.fullmatch(low):  # an id of another shape is found in texts as names are
                    self.know("guid", low)
            digits = self._digest("guid", low)
            found = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"
            self._keep(("guid", text), found)
        return found

    def is_known_guid(self, text: str) -> bool:
        return text.lower() in self._guids

    def name(self, kind: str, text: str) -> str:
        """The pseudonym of a name of that kind; a GUID has its own, and "" stays."""
        found = self._made.get((kind, text))
        if found is None:
            if not text or (kind == "rg" and _SERVICE_GROUP(text)):
                return text
            if kind == "guid" or (len(text) == 36 and GUID.fullmatch(text)):
                return self.guid(text)
            if self.learning:
                self.know(kind, text.lower())
            found = self._group(text) if kind == "rg" else self.hidden(kind, text)
            self._keep((kind, text), found)
        return found

    def number(self, prefix: str, suffix: str) -> tuple[str, str]:
        """What to call groups with a number between these two; to be told while names are learnt."""
        key = (prefix.lower(), suffix.lower())
        if key[0] and self.learning:
            self._numbered[key] = re.compile(rf"{re.escape(key[0])}(\d+){re.escape(key[1])}").fullmatch
        return (f"{self.hidden('rg', prefix)}-" if prefix else ""), (f"-{self.hidden('rg', suffix)}" if suffix else "")

    def _group(self, text: str) -> str:
        """The pseudonym of a resource group; numbers that belong to a form of names stay, so that they still do."""
        for (prefix, suffix), fits in sorted(self._numbered.items()):
            if match := fits(text.lower()):
                before, behind = self.number(prefix, suffix)
                return f"{before}{match[1]}{behind}"
        return self.hidden("rg", text)

    def hidden(self, kind: str, text: str) -> str:
        """A pseudonym of what texts are not searched for: a tag's value, a key."""
        return f"{kind}-{self._digest(kind, text.lower())[:_DIGITS]}"

    def any_name(self, kind: str, text: str) -> str:
        """As `name`, but of the kind under which the name is best known: for keys that do not tell whose it is."""
        return self.name(kind if self.learning else self._known.get(text.lower(), kind), text)

    def is_known(self, text: str) -> bool:
        """Whether that is a known name, and no word of Azure's."""
        low = text.lower()
        return low in self._known and low not in VOCABULARY

    def _keep(self, key: tuple[str, str], pseudonym: str) -> None:
        if len(self._made) >= _CACHED:
            self._made.clear()
        self._made[key] = pseudonym

    def know(self, kind: str, low: str) -> None:
        """Remembers a name, given in lower case."""
        before = self._known.get(low)
        if before is not None:
            if RANK.get(kind, 99) < RANK.get(before, 99):
                self._known[low] = kind
            return
        self._known[low] = kind
        spans = [match.span() for match in _PART.finditer(low) if match[0][0] != "%"]
        if not spans:
            return
        bare = low[spans[0][0] : spans[-1][1]]
        if bare != low:
            self._bare[bare] = min(low, self._bare.get(bare, low))
        if len(spans) > 1:
            first = low[slice(*spans[0])]
            self._lengths[first] = max(len(spans), self._lengths.get(first, 1))
        if STOPS.search(low):
            self._wide.add(low)
            self._widest = max(self._widest, len(low))

    def end_of_wide(self, low: str, start: int, stop: int) -> int:
        """Where the known name that begins at `start` and goes on beyond `stop` ends; `stop` if there is none."""
        for end in range(min(len(low), start + self._widest), stop, -1):
            if low[start:end] in self._wide:
                return end
        return stop

    def _spoken(self, low: str) -> str:
        """The pseudonym of what stands in a text, if it is a known name."""
        full = low if low in self._known else self._bare.get(low)
        if full is None or len(low) < 3 or low in VOCABULARY or not _LETTER(low):  # numbers are times, ports, sizes
            return ""
        return self.name(self._known[full], full)

    def replaced(self, text: str, guid: Callable[[str], str]) -> str:
        """The text with every known name that stands in it as a whole word, and every GUID, replaced."""
        low = lowered(text)
        spans = [match.span() for match in _PART.finditer(text) if text[match.start()] != "%"]
        out: list[str] = []
        done = at = 0
        while at < len(spans):
            start, stop = spans[at]
            most = min(self._lengths.get(low[start:stop], 1), len(spans) - at)
            for count in range(most, 0, -1):  # the longest name that begins here
                end = spans[at + count - 1][1]
                found = self._spoken(low[start:end])
                if found:
                    break
            else:
                count, end = 1, stop
                found = guid(text[start:stop]) if stop - start == 36 and text[start + 8] == "-" else ""
            if found:
                out += (text[done:start], found)
                done = end
            at += count
        return text if not out else "".join((*out, text[done:]))
