"""What cases of the policies on the agent and on extensions do not show: their weight, words and parameters."""

from typing import Any

import pytest

from scanner.evaluate import evaluate
from scanner.model import Outcome
from scanner.policies import BUILT_IN, load
from scanner.policy import Adjusted, Given
from scanner.rowtypes import BACKUP_ITEM, BACKUP_POLICY, EXTENSION, VM
from tests.facts.test_extensions import extension, handler, script
from tests.rows import fleet_of, guest, header, item, policy, view, vm

RUNS = {"status": "running", "startup": "automatic"}


def outcome(name: str, *rows: Any, machine: Any = None, **settings: str) -> Outcome:
    given = [machine or vm(), item(), policy(), *rows]
    fleet = fleet_of([header(given, VM, BACKUP_ITEM, BACKUP_POLICY, EXTENSION), *given])
    adjusted = Adjusted({name: {key: Given(value, text=True) for key, value in settings.items()}})
    judged = evaluate([load([BUILT_IN], adjusted)[name]], fleet).judged
    (found,) = judged[0].outcomes
    return found


def runs(*handlers: Any) -> Any:
    one = view("2.7.41491.1183")
    one["properties"]["vmAgent"]["extensionHandlers"] = list(handlers)
    return one


def unmanaged() -> Any:
    found = vm()
    found["properties"]["storageProfile"]["osDisk"] = {"osType": "Windows", "vhd": {"uri": "https://a/b.vhd"}}
    return found


def test_a_backup_extension_that_is_gone_weighs_like_one_that_failed() -> None:
    failed = outcome("backup-extension-healthy", extension(state="Failed"), machine=unmanaged())
    gone = outcome("backup-extension-healthy", machine=unmanaged())
    assert (failed.verdict, failed.severity) == ("fail", "error")
    assert (gone.verdict, gone.severity) == ("fail", "warning")
    assert "gone" in gone.reason
    assert "is not known" not in gone.reason


def test_an_old_or_missing_handler_weighs_like_one_that_is_not_ready() -> None:
    broken = outcome("backup-extension-loaded", runs(handler("ProvisioningState/failed/5", "Not Ready")))
    gone = outcome("backup-extension-loaded", runs())
    old = outcome("backup-extension-loaded", runs(handler(None, "Ready", "VMSnapshotLinux")), linux="1.0.9220.0")
    assert [(one.verdict, one.severity) for one in (broken, gone, old)] == [
        ("fail", "error"),
        ("fail", "warning"),
        ("fail", "warning"),
    ]
    assert old.reason == "VMSnapshotLinux 1.0.92.0 is older than 1.0.9220.0"
    assert "no backup extension" in gone.reason


def test_what_the_agent_said_is_lost() -> None:
    message = "Enable failed for plugin"
    found = outcome("backup-extension-loaded", runs(handler(None, "Not Ready", message=message)))
    assert found.reason.endswith(f"is Not Ready: {message}")


def test_an_extension_that_is_being_changed_may_or_may_not_be_asked_about() -> None:
    found = outcome("backup-extension-healthy", extension(state="Updating"))
    assert found.verdict == "unknown"
    assert found.needs == ("settling",)
    assert found.reason.startswith("the extension VMSnapshot is Updating")


@pytest.mark.parametrize("ignored", ["Microsoft.Azure.Extensions.CustomScript", "install", "other,install"])
def test_an_extension_that_may_fail_is_found_wrong(ignored: str) -> None:
    assert outcome("other-extensions-healthy", script(), ignored=ignored).verdict == "pass"
    both = outcome("other-extensions-healthy", script(), script(name="configure"), ignored="install,other")
    assert both.verdict == "fail"
    assert "install" not in both.reason


def test_a_service_that_is_not_there_is_said_to_have_a_startup() -> None:
    missing = outcome("provider-service-automatic", guest(services={"iaasvmprovider": False}))
    assert missing.reason == "there is no service iaasvmprovider"
    services = {"WindowsAzureGuestAgent": RUNS, "RdAgent": False}
    agent = outcome("agent-service-running", guest(services=services, agent={"running": True}))
    assert agent.reason == "the agent's service RdAgent is not installed"


def test_another_name_of_the_providers_service_makes_no_difference() -> None:
    seen = guest(services={"iaasvmprovider": False, "ContosoProvider": RUNS})
    assert outcome("provider-service-automatic", seen, service="contosoprovider").verdict == "pass"
