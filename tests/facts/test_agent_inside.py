"""What the guest says of services, VSS writers and the host's ports: in whatever words, and no more than it says."""

from typing import Any

import pytest

from scanner.language.values import OpenList
from scanner.model import Unknown
from tests.rows import facts_of, guest, vm

RUNS = {"status": "running", "startup": "automatic"}
STOPPED = {"status": "stopped", "startup": "automatic"}


def seen(name: str, *, os: str | None = "Windows", **facts: Any) -> Any:
    return facts_of([vm(os=os), guest(**facts)])[name]


def agent_services(os: str = "Linux", **services: Any) -> Any:
    return seen("agent.services", os=os, services=services)


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({"status": "Running", "startup": "AUTO"}, RUNS),
        ({"status": "active", "startup": "enabled"}, RUNS),
        ({"status": " running ", "startup": "Automatic (Delayed Start)"}, RUNS),
        ({"status": "inactive", "startup": "masked"}, {"status": "stopped", "startup": "disabled"}),
        ({"status": "failed", "startup": "Disabled"}, {"status": "stopped", "startup": "disabled"}),
        ({"status": "Stopped", "startup": "demand"}, {"status": "stopped", "startup": "manual"}),
        ({"status": "activating", "startup": "static"}, {}),
        ({"status": "Stop Pending", "startup": "indirect"}, {}),
        ({"status": True, "startup": 2}, {}),
        ({}, {}),
    ],
)
def test_a_word_of_some_system_is_taken_for_another(given: Any, known: Any) -> None:
    assert seen("guest.services", services={"s": given}) == {"s": known}


@pytest.mark.parametrize("given", ["running", True, None, [], 1])
def test_an_oddly_typed_service_is_listed(given: Any) -> None:
    assert seen("guest.services", services={"s": given}) == {}


def test_a_service_that_is_not_there_is_not_known() -> None:
    assert seen("guest.services", services={"s": False}) == {"s": False}


@pytest.mark.parametrize("name", ["walinuxagent.service", "walinuxagent.SERVICE"])
def test_the_ending_of_a_unit_makes_another_name(name: str) -> None:
    assert seen("guest.services", services={name: RUNS}) == {"walinuxagent": RUNS}


def test_windows_is_content_with_one_of_its_two_services() -> None:
    both = agent_services("Windows", RdAgent=STOPPED, WINDOWSAZUREGUESTAGENT=RUNS)
    assert both == [{"name": "WindowsAzureGuestAgent", **RUNS}, {"name": "RdAgent", **STOPPED}]
    one = agent_services("Windows", WindowsAzureGuestAgent=RUNS)
    assert isinstance(one, OpenList)
    assert (len(one.known), one.extra) == (1, 1)


def test_linux_needs_both_names() -> None:
    assert agent_services(waagent=RUNS) == [{"name": "waagent", **RUNS}]
    assert agent_services(walinuxagent=RUNS, waagent=STOPPED) == [{"name": "walinuxagent", **RUNS}]


def test_a_unit_that_runs_is_passed_over_for_one_that_does_not() -> None:
    disabled = {"status": "running", "startup": "disabled"}
    assert agent_services(walinuxagent=STOPPED, waagent=disabled) == [{"name": "waagent", **disabled}]


def test_a_stopped_unit_speaks_for_one_that_was_not_looked_up() -> None:
    for services in ({"waagent": STOPPED}, {"walinuxagent": False}, {}):
        found = agent_services(**services)
        assert isinstance(found, OpenList)
        assert not found.known
        assert all(why.needs == "guest-facts" for why in found.why)


def test_a_unit_of_which_half_is_told_is_judged() -> None:
    for told in ({"status": "running"}, {"startup": "automatic"}, {}):
        assert isinstance(agent_services(walinuxagent=False, waagent=told), OpenList)
    assert agent_services(walinuxagent=False, waagent={"status": "stopped"}) == [
        {"name": "waagent", "status": "stopped"}
    ]


def test_an_agent_that_is_not_installed_is_not_known() -> None:
    (found,) = agent_services(walinuxagent=False, waagent=False)
    assert found == {"name": "walinuxagent or waagent", "status": "not installed"}


def test_services_are_named_without_knowing_the_system() -> None:
    assert isinstance(seen("agent.services", os=None, services={"RdAgent": RUNS}), Unknown)


@pytest.mark.parametrize("given", [{}, [], None, "Stable", True])
def test_no_vss_writer_at_all_is_believed(given: Any) -> None:
    assert isinstance(seen("guest.vss_writers", vssWriters=given), Unknown)


def test_a_writers_state_is_read_with_its_number() -> None:
    given = {"System Writer": "[1] Stable", "IIS Config Writer": "Failed", "Odd Writer": 1, "Mute Writer": "[5]"}
    assert seen("guest.vss_writers", vssWriters=given) == [
        {"name": "System Writer", "state": "Stable"},
        {"name": "IIS Config Writer", "state": "Failed"},
        {"name": "Odd Writer"},
        {"name": "Mute Writer"},
    ]


@pytest.mark.parametrize(("fact", "port"), [("guest.wireserver_open", "80"), ("guest.host_plugin_open", "32526")])
def test_a_port_answers_without_being_tried(fact: str, port: str) -> None:
    assert seen(fact, platformEndpoint={port: True}) is True
    assert seen(fact, platformEndpoint={port: False}) is False
    for given in ({}, {"443": True}, {port: "true"}, {port: 1}, True, [port], None):
        assert isinstance(seen(fact, platformEndpoint=given), Unknown)


@pytest.mark.parametrize(
    ("fact", "key"), [("agent.running", "running"), ("agent.extensions_enabled", "extensionsEnabled")]
)
def test_a_text_is_a_yes_or_a_no(fact: str, key: str) -> None:
    assert seen(fact, agent={key: False}) is False
    for given in ("y", "false", 0, None):
        assert isinstance(seen(fact, agent={key: given}), Unknown)
