"""Finds the `resource` blocks in .tf files: enough of the language to tell blocks from strings and comments."""

import re
from pathlib import Path
from posixpath import normpath

from scanner.sources.iac.model import Origin
from scanner.sources.iac.terraform.instances import Instance
from scanner.sources.iac.terraform.modules import Scope

_LARGEST = 16 << 20
_DEEPEST = 50
"""Strings within strings."""
_LABEL = r'(?:"([^"\n]*)"|([\w-]+))'
_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<heredoc><<-?[ \t]*(?P<mark>[A-Za-z_][\w-]*)[^\n]*(?:\n|\Z))"
    rf"|(?P<header>(?<![\w.-])(?P<kind>resource|data|module)[ \t]+{_LABEL}(?:[ \t]+{_LABEL})?[ \t]*\{{)"
    r'|(?P<quote>")|(?P<open>\{)|(?P<close>\})',
    re.DOTALL,
)
_IN_STRING = re.compile(r'\\.|\$\$\{|%%\{|"|\$\{|%\{|\n', re.DOTALL)

Blocks = dict[tuple[str, ...], tuple[str, int, int]]
"""(kind, labels…) → file, line, column."""


def blocks_in(text: str) -> list[tuple[tuple[str, ...], int]]:
    """The resource, data and module blocks of a file, each with the offset where it begins."""
    found = []
    at = depth = 0
    while (match := _TOKEN.search(text, at)) is not None:
        at = match.end()
        if match["heredoc"]:
            end = re.compile(rf"^[ \t]*{re.escape(match['mark'])}[ \t]*$", re.MULTILINE).search(text, at)
            at = len(text) if end is None else end.end()
        elif match["quote"]:
            at = _after_string(text, at)
        elif match["header"]:
            if depth == 0:
                labels = [label for label in match.groups()[5:9] if label is not None]
                found.append(((match["kind"], *labels), match.start()))
            depth += 1
        elif match["open"]:
            depth += 1
        elif match["close"]:
            depth = max(0, depth - 1)
    return found


def _after_string(text: str, at: int, deep: int = 0) -> int:
    """Where a string ends whose opening quote is behind us; `${…}` in it may hold strings of its own."""
    open_at: list[int] = []  # depth of braces in each template that is open
    while at < len(text):
        if not open_at:
            match = _IN_STRING.search(text, at)
            if match is None:
                return len(text)
            at = match.end()
            if match[0] in ('"', "\n"):
                return at
            if match[0] in ("${", "%{"):
                open_at.append(1)
            continue
        sign = text[at]
        at += 1
        if sign == '"':
            at = _after_string(text, at, deep + 1) if deep < _DEEPEST else len(text)
        elif sign == "{":
            open_at[-1] += 1
        elif sign == "}":
            open_at[-1] -= 1
            if not open_at[-1]:
                open_at.pop()
    return at


class Origins:
    """Where in the folder `source` each resource is written; in the plan itself where that is not known."""

    def __init__(self, file: str, source: str) -> None:
        self.plan = Origin(file)
        self._source = source
        self._folders: dict[str, Blocks] = {}

    def of(self, instance: Instance) -> Origin:
        """The block of a resource; of one in a module from elsewhere, the block that calls the module."""
        if not self._source:
            return self.plan
        folder, scope = self._folder(instance.scope)
        if scope is instance.scope:
            wanted: tuple[str, ...] = ("data" if instance.mode == "data" else "resource", instance.type, instance.name)
        else:
            wanted = ("module", self._call_below(scope, instance.scope))
        found = self._blocks(folder).get(wanted)
        return Origin(*found) if found is not None else self.plan

    def _folder(self, scope: Scope) -> tuple[str, Scope]:
        """The folder of a module, or of the nearest one above it that is in the user's own files."""
        if scope.parent is None:
            return self._source, scope
        folder, found = self._folder(scope.parent)
        source = scope.call.source if scope.call is not None else ""
        if found is not scope.parent or not source.startswith(("./", "../")):
            return folder, found
        return normpath(f"{folder}/{source}"), scope

    @staticmethod
    def _call_below(above: Scope, scope: Scope) -> str:
        while scope.parent is not None and scope.parent is not above:
            scope = scope.parent
        return scope.name

    def _blocks(self, folder: str) -> Blocks:
        found = self._folders.get(folder)
        if found is None:
            found = self._folders[folder] = {}
            path = Path(folder)
            files = (
                [each for each in sorted(path.iterdir()) if each.suffix in (".tf", ".tofu")] if path.is_dir() else []
            )
            for file in files:
                try:
                    if file.stat().st_size > _LARGEST:
                        continue
                    text = file.read_text("utf-8-sig", errors="replace")
                except OSError:
                    continue
                for labels, offset in blocks_in(text):
                    line = text.count("\n", 0, offset) + 1
                    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
                    found.setdefault(labels, (normpath(f"{folder}/{file.name}"), line, column))
        return found
