"""The fault table: what goes wrong on the way to Azure, once or for ever, and what must come out of both commands."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.azure.world import ITEMS, SUBSCRIPTIONS, VMS, Cloud, Scanned, emulator, fault
from tests.cli.running import Command
from tests.emulator import Faults
from tests.emulator.wire import Request

CLEAN = {
    "agent-version": {"vm0": "pass", "vm1": "pass", "vm2": "pass", "vm3": "pass", "old": "fail", "far": "pass"},
    "last-backup-recent": dict.fromkeys(("vm0", "vm1", "vm2", "vm3", "old", "far"), "pass"),
}
IN_TIME = ("--retry-for", "1h")
SOON = ("--retry-for", "8s")


@dataclass(frozen=True)
class Trouble:
    """A kind of fault, and the words for it where it does not pass."""

    kind: str
    words: str
    seconds: float = 1.0


TROUBLES = [
    Trouble("429-retry-after", "429 RateLimiting: Client application has been throttled"),
    Trouble("429-bare", "429 RateLimiting: Client application has been throttled"),
    Trouble("429-resets", "429 RateLimiting: Client application has been throttled", 2.0),
    Trouble("408", "408 RequestTimeout: The request timed out."),
    Trouble("500", "500 InternalServerError: Encountered internal server error."),
    Trouble("502", "502 BadGateway: The gateway did not receive a response"),
    Trouble("503", "503 ServiceUnavailable: The service is unavailable."),
    Trouble("504", "504 GatewayTimeout: The gateway did not receive a response"),
    Trouble("reset", ": it broke the connection off"),
    Trouble("cut", "the reply broke off"),
    Trouble("slow", "the reply did not end within", 300.0),
    Trouble("hang", ": it did not answer in time", 120.0),
    Trouble("garbage", "the reply is no "),
    Trouble("not-json", "the reply is no "),
]
EACH = pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.kind)


def page_two_of_vms(request: Request) -> bool:
    return VMS in request.text and request.later


def view_of(name: str) -> Callable[[Request], bool]:
    return lambda request: f"/{name}/instanceView" in request.path


def of(trouble: Trouble, where: str | Callable[[Request], bool], times: int | None) -> Faults:
    return Faults([fault(trouble.kind, where, times, seconds=trouble.seconds)])


def clean(cloud: Cloud) -> tuple[Scanned, bytes, int]:
    """A run in which nothing goes wrong, its snapshot, and how many requests it took."""
    scanned = cloud.scan()
    assert (scanned.code, scanned.verdicts, scanned.problems) == (1, CLEAN, [])
    cloud.emulator.requests.clear()
    done, rows = cloud.snapshot()
    assert done.code == 0
    requests = len(cloud.emulator.requests)
    cloud.emulator.requests.clear()
    return scanned, rows, requests


def test_a_fault_that_passes_leaves_no_trace(cloud: Cloud) -> None:
    scanned, rows, requests = clean(cloud)
    for trouble in TROUBLES:
        for run in ("scan", "snapshot"):
            faults = [
                fault(trouble.kind, where, seconds=trouble.seconds)
                for where in (SUBSCRIPTIONS, page_two_of_vms, ITEMS, "permissions", view_of("vm1"))
            ]
            cloud.emulator.faults = Faults(faults)
            cloud.emulator.requests.clear()
            if run == "scan":
                again = cloud.scan(*IN_TIME)
                assert again.code == 1, (trouble, again.done.err)
                assert again.raw == scanned.raw, trouble
            else:
                done, found = cloud.snapshot(*IN_TIME)
                assert done.code == 0, (trouble, done.err)
                assert found == rows, trouble
            assert cloud.emulator.faults.left == []
            assert len(cloud.emulator.requests) == requests + len(faults), trouble


def test_a_server_that_is_silent_is_given_up_by_the_clock_on_the_wall(
    snapready: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tests here only pretend that time passes; this server would be silent for ten minutes."""
    monkeypatch.setattr("scanner.sources.azure.wire._READ", 0.1)
    with emulator(pause=None, faults=Faults([fault("hang", "", None, seconds=600.0)])) as found:
        scanned = Cloud(found, snapready, tmp_path).scan("--retry-for", "0s")
        assert scanned.code == 2
        assert ": it did not answer in time" in scanned.done.err


@EACH
def test_nothing_can_be_read_at_all(cloud: Cloud, trouble: Trouble) -> None:
    """Exit 2 from both commands; it was tried more than once, and nothing is said of roles that would not help."""
    cloud.emulator.faults = of(trouble, "", None)
    for run in (cloud.scan, cloud.snapshot):
        cloud.emulator.requests.clear()
        found = run(*SOON)
        done = found.done if isinstance(found, Scanned) else found[0]
        assert done.code == 2, done.err
        assert trouble.words in done.err
        assert "Reader" not in done.err
        assert len(cloud.emulator.requests) > 1
    assert not list(cloud.folder.iterdir())


@EACH
def test_the_second_page_of_vms_never_comes(cloud: Cloud, trouble: Trouble) -> None:
    """Exit 3 wins over the finding; the VMs of the first page are judged, and one more kind of row is not spoilt."""
    cloud.emulator.faults = of(trouble, page_two_of_vms, None)
    scanned = cloud.scan(*SOON)
    assert scanned.code == 3, scanned.done.err
    assert len(scanned.verdicts["agent-version"]) == 2
    assert all(CLEAN[policy][name] == it for policy, of in scanned.verdicts.items() for name, it in of.items())
    said = [problem["message"] for problem in scanned.problems if problem["incomplete"]]
    assert len(said) == 2
    assert all("microsoft.compute/virtualmachines of subscription" in message for message in said)
    assert all(trouble.words in message and "--retry-for" in message for message in said)
    done, rows = cloud.snapshot(*SOON)
    assert done.code == 3
    assert trouble.words in done.err
    assert rows.count(b'"type":"Microsoft.Compute/virtualMachines"') + rows.count(b"/instanceView") >= 2
    assert cloud.emulator.asked(kind="query") > 10


@EACH
def test_one_instance_view_never_comes(cloud: Cloud, trouble: Trouble) -> None:
    """Exit 3; what it would tell is unknown, and all else is as ever."""
    cloud.emulator.faults = of(trouble, view_of("vm1"), None)
    scanned = cloud.scan(*SOON)
    assert scanned.code == 3, scanned.done.err
    assert scanned.verdicts == {**CLEAN, "agent-version": {**CLEAN["agent-version"], "vm1": "unknown"}}
    (problem,) = [problem["message"] for problem in scanned.problems if problem["incomplete"]]
    assert "microsoft.compute/virtualmachines/instanceview of subscription 1111" in problem
    assert trouble.words in problem
    assert cloud.emulator.asked("/vm1/instanceView") > 1
