"""Finds the resource that the command line means among those that were judged."""

from collections.abc import Callable

from scanner.language.parse import suggest
from scanner.model import Results, SnapreadyError, Subject
from scanner.rowtypes import VM


def meant(wanted: str) -> Callable[[Subject], bool]:
    """Whether a subject may be what `wanted` means, or is none of many: VMs by id or name, all else."""
    key = wanted.lower().rstrip("/")
    return lambda subject: subject.type != VM or subject.key == key or subject.name.lower() == key


def find(results: Results, wanted: str) -> Subject:
    """The subject with that id, or the only one with that name; raises SnapreadyError otherwise."""
    subjects = {subject.key: subject for judged in results.judged for subject in judged.subjects}
    key = wanted.lower().rstrip("/")
    if key in subjects:
        return subjects[key]
    named = [subject for subject in subjects.values() if subject.name.lower() == key]
    if len(named) == 1:
        return named[0]
    if named:
        ids = "\n  ".join(sorted(subject.id for subject in named))
        raise SnapreadyError(f"{len(named)} resources are called {wanted!r}; give the id of one:\n  {ids}")
    names = {subject.name.lower(): subject.name for subject in subjects.values()}
    hint = suggest(wanted.rsplit("/", 1)[-1].lower(), names)
    raise SnapreadyError(f"no resource among {len(subjects)} is called {wanted!r}{hint}")
