"""Masks what has a structure: resource ids segment by segment, URLs and host names label by label."""

import re

from scanner.mask.names import GUID, STOPS, Names, lowered
from scanner.mask.words import KINDS, TAG_VALUES, VOCABULARY, words

_GROUP = "/snapready/backupgroups/"
_CACHED = 1 << 16
_CONTAINERS = frozenset(("iaasvmcontainer", "iaasvmcontainerv2", "compute", "storage", "classicstorage"))
"""What stands before `<resource group>;<name>` in the names of backup items and their containers."""
_JOINED = frozenset(("protecteditems", "protectioncontainers", "protectableitems", "backupprotectionintent"))
_DEFAULTS = frozenset(("blobservices", "fileservices", "queueservices", "tableservices", "replicationfabrics"))
_OURS = frozenset(("runcommands", "guestconfigurationassignments"))
_COLLECTION = re.compile(r"(AzureBackup_)(.+)(_\d+)", re.IGNORECASE).fullmatch
"""What Azure Backup calls the restore points of a VM."""
_A_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9.]*").fullmatch
_VERSION = re.compile(r"latest|[0-9][0-9.]*").fullmatch
_ADDRESS = re.compile(
    r"\d+(?:\.\d+){3}(?::\d+)?(?:[/-][0-9.]+)?|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:/\d+)?"
).fullmatch
_AZURE = (
    r"windows\.net|azure\.com|azure\.net|azure\.cn|azure\.us|cloudapp\.net|azurewebsites\.net|azurecr\.io|azmk8s\.io"
    r"|azurefd\.net|trafficmanager\.net|chinacloudapi\.cn|usgovcloudapi\.net|windowsazure\.com|microsoft\.com"
    r"|microsoftonline\.com|onmicrosoft\.com|azure-api\.net|azure-automation\.net|azureedge\.net"
)
_IN_AZURE = re.compile(rf"(?:.+\.)?(?:{_AZURE})", re.IGNORECASE).fullmatch
_PUBLIC = words("""
    management.azure.com portal.azure.com login.microsoftonline.com graph.microsoft.com learn.microsoft.com aka.ms
    docs.microsoft.com go.microsoft.com schema.management.azure.com www.microsoft.com azure.microsoft.com
    """)
_STORAGE = frozenset(("blob", "file", "queue", "table", "dfs", "web"))
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(:\d+)?(.*)", re.DOTALL).fullmatch
_ENDING = re.compile(r"\.(?:vhdx?|json|ndjson|txt|log|csv|xml|zip|gz|ps1|psm1|sh|py|exe|msi)$", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?P<url>[A-Za-z][A-Za-z0-9+.-]{0,15}://[^\s\"'<>|\\^`{}]+)"
    r"|(?P<id>(?<![^\W_])/?(?i:subscriptions|providers|sharedgalleries)/(?=[^/\s]))"
    r"|(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    rf"|(?P<host>(?:[\w-]{{1,63}}\.){{1,8}}(?i:{_AZURE})(?![\w-]))"
    r"|(?P<backup>(?i:iaasvmcontainer(?:v2)?);[^\s;/\"',]+;[^\s;/\"',]+)"
)


class Ids:
    """Masks ids, URLs and hosts by the pseudonyms of `names`."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._heads: dict[str, tuple[str, str]] = {}

    def forget(self) -> None:
        """To be called when names begin to be learnt, and when they cease to be."""
        self._heads.clear()

    def id(self, text: str) -> str:
        """A whole resource id: every segment but the last comes with many other ids, so that their masks are kept."""
        place = lowered(text).find(_GROUP)
        if place >= 0:
            return self._group(text, place + len(_GROUP))
        head, slash, last = text.rpartition("/")
        found = self._heads.get(head)
        if found is None:
            found = self._walk(head) if slash else ("", "type")
            if len(self._heads) >= _CACHED:
                self._heads.clear()
            self._heads[head] = found
        return found[0] + slash + self._step(found[1], last)[0]

    def _group(self, text: str, value: int) -> str:
        """`/subscriptions/<id>/snapready/backupgroups/<tag>=<value>`: the value may hold anything."""
        before, rest = text[: value - len(_GROUP)], text[value - len(_GROUP) :]
        tag, equals, named = rest[len(_GROUP) :].partition("=")
        return self._walk(before)[0] + rest[: len(_GROUP)] + tag + equals + self.tag(named)

    def _walk(self, head: str) -> tuple[str, str]:
        state, out = "type", []
        for segment in head.split("/"):
            masked, state = self._step(state, segment)
            out.append(masked)
        return "/".join(out), state

    def _step(self, state: str, segment: str) -> tuple[str, str]:
        """One segment masked, and what the next one is: "type", "subscription", "namespace", or a name of that type."""
        if not segment:
            return segment, state
        if state == "type":
            low = segment.lower()
            if low == "subscriptions":
                return segment, "subscription"
            if low in ("providers", "snapready"):  # /subscriptions/<id>/snapready/serviceTags/Public
                return segment, "namespace"
            # what cannot be a type stands in a malformed id, where it may be a name
            return segment if _A_TYPE(segment) else self._names.name("name", segment), low
        if state == "subscription":
            return self._names.guid(segment), "type"
        if state == "namespace":
            return segment, "type"
        return self.segment(state, segment), "type"

    def segment(self, kind: str, name: str) -> str:
        """A name in an id, or of a row, below the type `kind` (lower case)."""
        if kind in _JOINED and ";" in name:
            return self._joined(name)
        low = name.lower()
        if (
            kind in ("locations", "defaultsecurityrules")
            or (kind == "versions" and _VERSION(low))
            or (kind in _DEFAULTS and low == "default")
            or (kind == "backupfabrics" and low == "azure")
            or (kind in _OURS and low.startswith("snapready"))
        ):
            return name
        if kind == "restorepointcollections" and (backup := _COLLECTION(name)):
            return f"{backup[1]}{self._names.name('vm', backup[2])}{backup[3]}"
        return self._names.name(KINDS.get(kind, "name"), name)

    def _joined(self, name: str) -> str:
        """`VM;iaasvmcontainerv2;<resource group>;<vm>` and the like: words of the form stay, names are names."""
        parts = name.split(";")
        form = parts[-3].lower() if len(parts) > 2 else ""
        if form not in _CONTAINERS:
            return ";".join(map(self._word, parts))
        group = self._names.name("rg", parts[-2])
        named = self._names.name("st" if form.endswith("storage") else "vm", parts[-1])
        return ";".join((*map(self._word, parts[:-3]), parts[-3], group, named))

    def _word(self, part: str) -> str:
        return part if part.lower() in VOCABULARY else self._names.any_name("name", part)

    def tag(self, value: str) -> str:
        """A tag's value; equal ones stay equal, as group ids compare them."""
        low = value.lower().rstrip("/")
        return value if not value or low in TAG_VALUES else self._names.hidden("tag", low)

    def host(self, host: str) -> str:
        """A host name: addresses stay, and the part that Azure or the internet gave it."""
        low = host.lower()
        if not host or low in _PUBLIC or low in VOCABULARY or _ADDRESS(host.strip("[] ")):
            return host
        if "://" in host:
            return self.url(host)
        name, colon, port = host.partition(":")
        first, *others = name.split(".")
        given = [each.lower() for each in others]
        if _IN_AZURE(name):
            kind = "st" if _STORAGE.intersection(given) else "vault" if "vault" in given else "host"
            others = [self._label("host", each) if self._names.is_known(each) else each for each in others]
        else:
            kind = "host"
            others = [*(self._label("host", each) for each in others[:-1]), *others[-1:]]
        return ".".join((self._label(kind, first), *others)) + colon + port

    def _label(self, kind: str, label: str) -> str:
        return label if label in ("", "*") else self._names.any_name(kind, label)

    def url(self, url: str) -> str:
        """Scheme, public suffix and port stay, and the ending of a file; what may be a key (?sig=…) goes."""
        parts = _URL(url)
        if parts is None:
            return self._names.name("name", url)
        scheme, host, port, path = parts[1], parts[2], parts[3] or "", parts[4]
        start = f"{scheme}{self.host(host)}{port}"
        if host.lower() in _PUBLIC or "/subscriptions/" in path.lower():
            return start + self.text(path)
        path = re.split(r"[?#]", path, maxsplit=1)[0]
        return start + "/".join(self._file(segment) for segment in path.split("/"))

    def _file(self, name: str) -> str:
        ending = _ENDING.search(name)
        stem = name[: ending.start()] if ending else name
        return (self._names.any_name("name", stem) if stem else "") + (ending[0] if ending else "")

    def text(self, text: str, *, words: bool = True, every_guid: bool = True) -> str:
        """Any text: ids, URLs, hosts, mail addresses and GUIDs in it, and with `words` every known name."""
        out: list[str] = []
        done = at = 0
        low = ""
        while match := _TOKEN.search(text, at):
            what, found, end = match.lastgroup, match[0], match.end()
            if what == "id":
                low = low or lowered(text)
                end = self._end_of_id(text, low, match.start())
                masked = self.id(text[match.start() : end])
            elif not words:
                masked = self.url(found) if what == "url" and "/subscriptions/" in found.lower() else found
            elif what == "url":
                url = found.rstrip(".,;:!)")
                end -= len(found) - len(url)
                masked = self.url(url)
            elif what == "mail":
                masked = self._names.hidden("mail", found)
            elif what == "backup":
                masked = self._joined(found)
            else:
                masked = self.host(found)
            out += (self._plain(text[done : match.start()], words, every_guid), masked)
            done = at = max(end, match.end() if what == "id" else end)
        return "".join((*out, self._plain(text[done:], words, every_guid)))

    def _plain(self, text: str, words: bool, every_guid: bool) -> str:
        """What is between: known names, GUIDs."""
        if words:
            return text if self._names.learning and "-" not in text else self._names.replaced(text, self._names.guid)
        if len(text) < 36:
            return text
        return GUID.sub(lambda match: self._known_guid(match[0], every_guid), text)

    def _known_guid(self, text: str, every: bool) -> str:
        return self._names.guid(text) if every or self._names.is_known_guid(text) else text

    def _end_of_id(self, text: str, low: str, start: int) -> int:
        """Where an id that begins in a text ends: before white space and the like, unless a known name goes on."""
        at = start
        while True:
            stop = STOPS.search(text, at)
            end = stop.start() if stop else len(text)
            beyond = self._names.end_of_wide(low, text.rfind("/", start, end) + 1, end)
            if beyond == end:
                break
            at = beyond
        bare = text[start:end].rstrip(".,;:!)")
        if "(" in bare and bare.count("(") > bare.count(")") and text[start + len(bare) : end].startswith(")"):
            bare += ")"
        return max(start + len(bare), at)
