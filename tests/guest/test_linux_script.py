"""The Linux script tells what is so, leaves out what is not sure, and writes nothing, in every shell it may meet."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guest.machine import MAC, SCRIPT, SHELLS, TOOLS, Machine, missing

SERVE = str(Path(__file__).with_name("wireserver.py"))
NETWORKD = "/etc/systemd/network/10-eth0.network"


@pytest.fixture(params=sorted(SHELLS))
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    if why := missing(request.param):
        pytest.skip(why)
    return Machine(tmp_path / "root", request.param)


def nmcli(machine: Machine, *, state: str = "100 (connected)", lease: str = "", method: str = "manual") -> None:
    """NetworkManager's answers about one interface whose connection has a name that is none of a shell's words."""
    machine.stands_in(
        "nmcli",
        f"""case "$*" in
          '-g GENERAL.STATE device show eth0') echo '{state}' ;;
          '-g DHCP4 device show eth0') {f"echo '{lease}'" if lease else ":"} ;;
          '-g GENERAL.CON-UUID device show eth0') echo 12f4225a-350b-43f1-bc4e-3cf92076bf3a ;;
          '-g ipv4.method connection show 12f4225a-350b-43f1-bc4e-3cf92076bf3a') echo {method} ;;
          *) echo "asked: $*" >&2; exit 2 ;;
        esac""",
    )


def dhcp(machine: Machine) -> bool | None:
    """What is told of the one card eth0; None: nothing."""
    machine.card()
    (told,) = machine.facts()["interfaces"]
    assert (told["name"], told["mac"]) == ("eth0", MAC)
    assert set(told) <= {"name", "mac", "dhcp"}
    found: bool | None = told.get("dhcp")
    return found


def test_a_bare_machine_tells_more_than_is_known(machine: Machine) -> None:
    assert set(machine.facts()) == {"collectedAt", "agent"}
    assert machine.facts()["agent"] == {"running": False}


def test_a_machine_without_proc_and_sys_gives_no_json(machine: Machine) -> None:
    shutil.rmtree(machine.root / "proc")
    shutil.rmtree(machine.root / "sys")
    assert set(machine.facts()) == {"collectedAt"}


@pytest.mark.parametrize("way", ["from standard input", "as an argument"])
def test_the_script_must_lie_in_a_file(machine: Machine, way: str) -> None:
    """As `ssh VM sudo sh -s < linux.sh` runs it, and tools that make one command of it."""
    machine.card()
    machine.agent()
    machine.process(500, "dhclient", "eth0")
    machine.stands_in("waagent", "cat; echo 'Goal state agent: 2.12.0.2'")
    words = ("-s",) if way == "from standard input" else ("-c", SCRIPT.read_text("ascii"))
    done = machine.output(words=words, given=SCRIPT.read_bytes() if words == ("-s",) else b"")
    told = json.loads(done.stdout)
    assert done.stdout.endswith(b"}\n")
    assert (done.stderr, told["interfaces"][0]["dhcp"], told["agent"]["version"]) == (b"", True, "2.12.0.2")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_program_that_is_not_there_makes_wrong_facts(machine: Machine, tool: str) -> None:
    if machine.shell == "busybox":
        pytest.skip("busybox has them all")
    machine.file("/etc/waagent.conf", "Extensions.Enabled=n\n")
    (machine.root / "usr/bin" / tool).unlink()
    done = machine.output()
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == f"needs {tool} in /usr/sbin:/usr/bin:/sbin:/bin\n".encode()


def test_a_folder_is_read_as_a_configuration(machine: Machine) -> None:
    machine.file("/etc/waagent.conf/x")
    assert machine.facts()["agent"] == {"running": False}


def test_a_run_leaves_something_behind(machine: Machine) -> None:
    machine.card()
    machine.agent()
    nmcli(machine)
    machine.file("/etc/waagent.conf", "HttpProxy.Host=proxy.contoso.com\nHttpProxy.Port=3128\n")
    machine.stands_in("waagent", 'test -n "$PYTHONDONTWRITEBYTECODE" && echo "Goal state agent: 2.12.0.2"')
    before = machine.left()
    assert machine.facts()["agent"]["version"] == "2.12.0.2"
    assert machine.left() == before


# ---- dhcp: true only where something is at work, false only where something says that it is set by hand ----


@pytest.mark.parametrize(
    "command",
    [
        ("/sbin/dhclient", "-1", "-q", "-lf", "/var/lib/dhclient/dhclient--eth0.lease", "-pf", "/run/d.pid", "eth0"),
        ("dhclient", "eth0"),
        ("udhcpc", "-b", "-p", "/var/run/udhcpc.eth0.pid", "-i", "eth0"),
        ("/bin/busybox", "udhcpc", "-i", "eth0"),
        ("/sbin/dhclient", "-d", "-q", "-cf", "/var/lib/NetworkManager/dhclient-eth0.conf", "eth0"),
    ],
)
def test_a_client_at_work_goes_unnoticed(machine: Machine, command: tuple[str, ...]) -> None:
    machine.process(500, *command)
    assert dhcp(machine) is True


@pytest.mark.parametrize(
    "command",
    [
        ("/sbin/dhclient", "eth1"),
        ("/sbin/dhclient", "-pf", "/run/dhclient.eth0.pid", "eth1"),
        ("dhclient", "eth0:1"),
        ("dhclient",),
        ("/sbin/dhclient", "-6", "-1", "eth0"),  # of another address
        ("dhcpcd: eth0 [ip4]",),  # which may hand out what dhcpcd.conf has fixed
        ("sh", "-c", "grep dhclient; echo 1 dhclient eth0 "),
        ("vi", "dhclient", "eth0"),
    ],
)
def test_a_client_of_something_else_counts(machine: Machine, command: tuple[str, ...]) -> None:
    machine.process(500, *command)
    assert dhcp(machine) is None


def test_an_old_lease_file_counts(machine: Machine) -> None:
    machine.file("/var/lib/dhcp/dhclient.eth0.leases", 'lease { interface "eth0"; fixed-address 10.0.0.4; }')
    assert dhcp(machine) is None


@pytest.mark.parametrize(
    ("state", "lease", "method", "expected"),
    [
        ("100 (connected)", "dhcp_lease_time = 4294967295", "auto", True),
        ("100 (connected)", "", "manual", False),
        ("100 (connected)", "", "auto", None),
        ("100 (connected)", "", "disabled", None),
        ("100 (connected)", "", "", None),
        ("100 (connected (externally))", "", "manual", None),
        ("10 (unmanaged)", "", "manual", None),
        ("", "", "manual", None),
    ],
)
def test_networkmanager_is_misread(
    machine: Machine, state: str, lease: str, method: str, expected: bool | None
) -> None:
    nmcli(machine, state=state, lease=lease, method=method)
    assert dhcp(machine) is expected


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("[Network]\nAddress=10.0.0.4/24\n", False),
        ("[Network]\nDHCP=no\n[Address]\nAddress=10.0.0.4/24\n", False),
        ("[Network]\nDHCP=ipv6\nAddress=10.0.0.4/24\n", False),
        ("[Network]\nDHCP=yes\nAddress=10.0.0.5/24\n", None),  # asked for, and no lease
        ("[Network]\nDHCP=ipv4\n", None),
        ("[Network]\nAddress=fd00::4/64\n", None),
        ("[Network]\n#Address=10.0.0.4/24\n", None),
        (None, None),
    ],
)
def test_networkd_is_misread(machine: Machine, network: str | None, expected: bool | None) -> None:
    machine.file("/run/systemd/netif/links/2", f"# private\nADMIN_STATE=configured\nNETWORK_FILE={NETWORKD}\nDNS=\n")
    if network is not None:
        machine.file(NETWORKD, network)
    assert dhcp(machine) is expected


def test_networkds_lease_is_not_seen(machine: Machine) -> None:
    machine.file("/run/systemd/netif/links/2", f"ADMIN_STATE=configured\nNETWORK_FILE={NETWORKD}\n")
    machine.file("/run/systemd/netif/leases/2", "ADDRESS=10.0.0.4\n")
    machine.file(NETWORKD, "[Network]\nDHCP=ipv4\nAddress=10.0.0.5/24\n")
    assert dhcp(machine) is True


def test_the_lease_of_another_interface_counts(machine: Machine) -> None:
    machine.file("/run/systemd/netif/leases/3", "ADDRESS=10.0.0.5\n")
    machine.file("/run/wicked/leaseinfo.eth1.dhcp.ipv4", "INTERFACE='eth1'\n")
    assert dhcp(machine) is None


def test_wickeds_lease_is_not_seen(machine: Machine) -> None:
    machine.file("/run/wicked/leaseinfo.eth0.dhcp.ipv4", "INTERFACE='eth0'\n")
    assert dhcp(machine) is True


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("2: eth0    inet 10.0.0.4/24 brd 10.0.0.255 scope global dynamic eth0\\  valid_lft 86381sec", True),
        # a lease of Azure never ends, so that an address without an end may be either
        ("2: eth0    inet 10.0.0.4/24 metric 100 brd 10.0.0.255 scope global eth0\\  valid_lft forever", None),
        ("", None),
    ],
)
def test_the_kernels_flag_is_misread(machine: Machine, address: str, expected: bool | None) -> None:
    machine.stands_in("ip", f"test \"$*\" = '-o -4 address show dev eth0' && printf '%s\\n' '{address}'")
    assert dhcp(machine) is expected


@pytest.mark.parametrize(
    ("state", "stanzas", "expected"),
    [
        ("lo=lo\neth0=eth0\n", "auto eth0\niface eth0 inet static\n  address 10.0.0.4/24\n", False),
        ("lo=lo\neth0=eth0\n", "iface eth0 inet dhcp\n", None),
        ("lo=lo\neth0=eth0\n", "iface eth0 inet dhcp\niface eth0 inet static\n", None),
        ("lo=lo\neth0=eth0\n", "iface eth1 inet static\n", None),
        ("lo=lo\n", "iface eth0 inet static\n", None),  # not brought up by it
        ("lo=lo\neth01=eth01\n", "iface eth0 inet static\n", None),
        ("eth0=eth0\n", "iface eth0 inet6 static\n", None),
        ("eth0=eth0\n", "iface eth0 inet manual\n", None),
    ],
)
@pytest.mark.parametrize("place", ["/etc/network/interfaces", "/etc/network/interfaces.d/50-cloud-init"])
def test_ifupdown_is_misread(machine: Machine, state: str, stanzas: str, expected: bool | None, place: str) -> None:
    machine.file("/run/network/ifstate", state)
    machine.file(place, stanzas)
    assert dhcp(machine) is expected


@pytest.mark.parametrize("folder", ["/etc/sysconfig/network-scripts", "/etc/sysconfig/network"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DEVICE=eth0\nBOOTPROTO=none\nIPADDR=10.0.0.4\n", False),
        ("BOOTPROTO='static'\nIPADDR='10.0.0.4/24'\n", False),
        ('BOOTPROTO="Static"\nIPADDR0=10.0.0.4\n', False),
        ("BOOTPROTO=dhcp\n", None),
        ("BOOTPROTO=dhcp\nIPADDR=10.0.0.4\n", None),
        ("BOOTPROTO=none\n", None),  # a member of a bond, for one
        ("#BOOTPROTO=none\nIPADDR=10.0.0.4\n", None),
    ],
)
def test_an_ifcfg_file_is_misread(machine: Machine, folder: str, text: str, expected: bool | None) -> None:
    machine.file(f"{folder}/ifcfg-eth0", text)
    assert dhcp(machine) is expected


def test_a_lease_counts_less_than_an_old_configuration(machine: Machine) -> None:
    machine.process(500, "dhclient", "eth0")
    machine.file("/etc/sysconfig/network-scripts/ifcfg-eth0", "BOOTPROTO=none\nIPADDR=10.0.0.4\n")
    assert dhcp(machine) is True


def test_networkd_that_leaves_an_interface_alone_hides_who_has_it(machine: Machine) -> None:
    machine.file("/run/systemd/netif/links/2", "ADMIN_STATE=unmanaged\n")
    machine.file("/run/network/ifstate.eth0", "eth0=eth0\n")
    machine.file("/etc/network/interfaces", "iface eth0 inet static\n")
    assert dhcp(machine) is False


# ---- interfaces ----


def names(machine: Machine) -> list[str]:
    return [each["name"] for each in machine.facts()["interfaces"]]


def test_bridges_tunnels_and_containers_ends_are_told(machine: Machine) -> None:
    machine.card()
    for number, name in enumerate(("docker0", "lo", "veth12ab34", "tun0"), 3):
        machine.card(name, "02:42:ac:11:00:02", index=number, hardware=False)
    assert names(machine) == ["eth0"]


def test_the_virtual_function_of_accelerated_networking_is_taken_for_a_card_without_an_address(
    machine: Machine,
) -> None:
    machine.card()
    machine.card("enP1s1", index=3, master="eth0")
    assert names(machine) == ["eth0"]


def test_a_card_in_a_bond_or_bridge_is_told_instead_of_what_has_the_address(machine: Machine) -> None:
    machine.card("eth0", master="bond0")
    machine.card("eth1", index=3, master="bond0")
    machine.card("bond0", index=4, hardware=False, master="br0")
    machine.card("br0", index=5, hardware=False)
    machine.process(500, "dhclient", "br0")
    (told,) = machine.facts()["interfaces"]
    assert told == {"name": "br0", "mac": MAC, "dhcp": True}


def test_infiniband_is_taken_for_a_nic(machine: Machine) -> None:
    machine.card("ib0", "00:00:09:27:fe:80:00:00:00:00:00:00:00:15:5d:ff:fe:33:ff:0c", index=3, kind=32)
    machine.card()
    assert names(machine) == ["eth0"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ('a"b', 'a"b'),
        ("a\\b", "a\\b"),
        ("a\\", "a\\"),
        ("$(id)", "$(id)"),
        ("*", "*"),
        ("{a,b}", "{a,b}"),
        ("-n", "-n"),
        ("%s", "%s"),
        ("ü", "??"),
    ],
)
def test_a_hostile_name_breaks_the_json(machine: Machine, name: str, told: str) -> None:
    machine.card(name)
    machine.card("eth9", index=9)
    assert sorted(names(machine)) == sorted([told, "eth9"])


def test_bytes_that_are_no_text_break_the_json(machine: Machine) -> None:
    machine.card()
    machine.file("/sys/class/net/eth0/address", b'00:0d\xff\xfe\x01\x1b"\\\n\n')
    (told,) = machine.facts()["interfaces"]
    assert told == {"name": "eth0", "mac": '00:0d????"\\'}


# ---- the agent ----


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("WALinuxAgent-2.2.46 running on ubuntu 18.04\nPython: 3.6.9\nGoal state agent: 2.9.1.1", "2.9.1.1"),
        ("WALinuxAgent-2.0.16 running on centos 6.9", "2.0.16"),  # before there was a goal state agent
        ("Traceback (most recent call last):\n  File x\nImportError: no", None),
        ("", None),
    ],
)
def test_the_installed_version_is_taken_for_the_one_that_runs(machine: Machine, said: str, version: str | None) -> None:
    machine.file("/said", f"{said}\n")
    machine.stands_in("waagent", 'test "$*" = --version && cat /said')
    assert machine.facts()["agent"].get("version") == version


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        (("/usr/bin/python3", "-u", "/usr/sbin/waagent", "-daemon"), True),
        (("python3", "-u", "bin/WALinuxAgent-2.12.0.2-py3.12.egg", "-run-exthandlers"), True),
        (("/usr/share/oem/python/bin/python", "/usr/share/oem/bin/waagent", "-daemon"), True),
        # Run Command itself has the agent's folder in its command line
        (("/bin/sh", "/var/lib/waagent/run-command/download/1/script.sh"), False),
        (("/usr/bin/python3", "-u", "/usr/sbin/waagent", "-version"), False),
        (("sh", "-c", "python3 -u /usr/sbin/waagent -daemon"), False),
        (("vi", "/etc/waagent.conf"), False),
    ],
)
def test_the_agents_process_is_mistaken(machine: Machine, command: tuple[str, ...], runs: bool) -> None:
    machine.process(700, *command)
    assert machine.facts()["agent"] == {"running": runs}


def test_hidden_processes_are_taken_for_none(machine: Machine) -> None:
    shutil.rmtree(machine.root / "proc/1")
    assert "agent" not in machine.facts()


@pytest.mark.parametrize(
    ("conf", "enabled"),
    [
        ("Extensions.Enabled=y\n", True),
        ("Extensions.Enabled=n\n", False),
        ("Extensions.Enabled = N # for now\n", False),
        ('Extensions.Enabled="n"\n', False),
        ("Extensions.Enabled=y\nExtensions.Enabled=n\n", False),
        ("#Extensions.Enabled=n\n", True),
        ("Extensions.Enable=n\n", True),  # as a page of Microsoft's calls it; the agent does not know it
        ("Extensions.Enabled=no\n", True),  # neither y nor n: the agent's own default
        ("ResourceDisk.Format=y\n", True),
        ("", True),
        (None, None),
    ],
)
def test_waagent_conf_is_read_otherwise_than_the_agent_reads_it(
    machine: Machine, conf: str | None, enabled: bool | None
) -> None:
    if conf is not None:
        machine.file("/etc/waagent.conf", conf)
    assert machine.facts()["agent"].get("extensionsEnabled") is enabled


def test_the_configuration_of_flatcar_is_not_found(machine: Machine) -> None:
    machine.file("/usr/share/oem/waagent.conf", "Extensions.Enabled=n\n")
    assert machine.facts()["agent"]["extensionsEnabled"] is False


def test_a_file_that_the_agent_does_not_read_counts(machine: Machine) -> None:
    machine.process(700, "python3", "/usr/sbin/waagent", "-daemon", "-configuration-path:/srv/waagent.conf")
    machine.file("/etc/waagent.conf", "Extensions.Enabled=n\nHttpProxy.Host=proxy\nHttpProxy.Port=1\n")
    assert set(machine.facts()) == {"collectedAt", "agent"}
    assert machine.facts()["agent"] == {"running": True}


# ---- the proxy ----

GETENT = """test "$1 $2" = 'ahosts proxy.contoso.com' || exit 2
printf '%s\\n' '10.0.0.100      STREAM proxy.contoso.com' '10.0.0.100      DGRAM' 'fd00::64        STREAM'"""


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        (
            "proxy.contoso.com",
            "3128",
            {"host": "proxy.contoso.com", "addresses": ["10.0.0.100", "fd00::64"], "port": 3128},
        ),
        ("10.0.0.100", "8080", {"host": "10.0.0.100", "port": 8080}),
        ("unknown.contoso.com", "8080", {"host": "unknown.contoso.com", "port": 8080}),
        ("joe:hunter2@10.0.0.100", "8080", {"host": "10.0.0.100", "port": 8080, "authenticated": True}),
        ("-x", "8080", {"host": "-x", "port": 8080}),
        ("a b;$(id)", "8080", {"host": "a b;$(id)", "port": 8080}),
        ("proxy.contoso.com", "None", None),
        ("proxy.contoso.com", "x", None),
        ("proxy.contoso.com", "0123", None),
    ],
)
def test_the_proxy_is_told_wrongly(machine: Machine, host: str, port: str, expected: object) -> None:
    machine.stands_in("getent", GETENT)
    machine.file("/etc/waagent.conf", f"HttpProxy.Host={host}\nHttpProxy.Port={port}\n")
    assert machine.facts().get("proxy") == expected
    assert b"hunter2" not in machine.output().stdout


@pytest.mark.parametrize("conf", ["HttpProxy.Host=None\nHttpProxy.Port=None\n", "#HttpProxy.Host=proxy\n", ""])
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("PATH=/bin\0HTTP_PROXYING=1\0", False),
        ("https_proxy=http://joe:hunter2@proxy:1\0", None),
        ("PATH=/bin\0HTTP_PROXY=http://proxy:1\0", None),
    ],
)
def test_no_proxy_is_told_where_the_agent_has_one(
    machine: Machine, conf: str, environment: str, expected: bool | None
) -> None:
    machine.agent()
    machine.process(701, "python3", "bin/WALinuxAgent-2.12.0.2-py3.12.egg", "-run-exthandlers", environment=environment)
    machine.file("/etc/waagent.conf", conf)
    assert machine.facts().get("proxy") is expected
    assert b"hunter2" not in machine.output().stdout


def test_no_proxy_is_told_where_the_agents_environment_cannot_be_read(machine: Machine) -> None:
    machine.agent()
    (machine.root / "proc/701/environ").unlink()
    machine.file("/etc/waagent.conf", "")
    assert "proxy" not in machine.facts()


# ---- services ----


def systemctl(machine: Machine, **units: str) -> None:
    cases = "\n".join(f"*' {unit}.service') printf '%s\\n' {shown} ;;" for unit, shown in units.items())
    machine.file("/run/systemd/system/x")
    machine.stands_in("systemctl", f'case "$*" in\n{cases}\nesac')


def test_systemds_answers_are_misread(machine: Machine) -> None:
    systemctl(
        machine,
        waagent="LoadState=not-found ActiveState=inactive UnitFileState=",
        walinuxagent="LoadState=loaded ActiveState=active UnitFileState=enabled",
    )
    assert machine.facts()["services"] == {"waagent": False, "walinuxagent": {"status": "active", "startup": "enabled"}}


def test_a_masked_service_is_told_as_another(machine: Machine) -> None:
    systemctl(machine, waagent="LoadState=masked ActiveState=inactive UnitFileState=masked")
    assert machine.facts()["services"] == {"waagent": {"status": "inactive", "startup": "masked"}}


def test_a_systemd_that_does_not_answer_is_taken_for_no_service(machine: Machine) -> None:
    machine.file("/run/systemd/system/x")
    machine.stands_in("systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    assert "services" not in machine.facts()


@pytest.mark.parametrize("link", ["/etc/rc3.d/S85waagent", "/etc/runlevels/default/waagent", ""])
@pytest.mark.parametrize("running", [True, False])
def test_a_machine_without_systemd_tells_no_service(machine: Machine, link: str, running: bool) -> None:
    machine.file("/etc/init.d/waagent")
    if running:
        machine.agent()
    if link:
        machine.file(link)
    startup = "automatic" if link else "manual"
    assert machine.facts()["services"] == {
        "waagent": {"status": "running" if running else "stopped", "startup": startup}
    }


# ---- the way to the platform ----


@pytest.mark.parametrize("tool", ["bash", "curl", "wget"])
@pytest.mark.parametrize("mode", ["http", "hang-up"])
def test_the_platforms_ports_are_told_wrongly(machine: Machine, tool: str, mode: str) -> None:
    """A real connection to what stands in for the platform in a network of the test's own."""
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    machine.has(tool)
    if tool == "bash":
        machine.has("timeout")
    told = machine.facts(serve=(sys.executable, SERVE, mode, "80")).get("platformEndpoint")
    if tool == "wget":  # which does not say whether it was the connection that failed
        assert told == ({"80": True} if mode == "http" else None)
    else:
        assert told == {"80": True, "32526": False}


def test_a_platform_that_keeps_silent_is_taken_for_none(tmp_path: Path) -> None:
    if why := missing("dash"):
        pytest.skip(why)
    machine = Machine(tmp_path / "root")
    machine.has("curl")
    told = machine.facts(serve=(sys.executable, SERVE, "silence", "80"))
    assert told["platformEndpoint"] == {"80": True, "32526": False}


@pytest.mark.parametrize(
    ("code", "printed", "expected"),
    [
        (28, "0.000000", False),
        (28, "0.000412", True),
        (7, "0.000", False),
        (0, "0.000", True),
        (6, "", None),
        (2, "", None),
    ],
)
def test_curls_exit_codes_are_misread(machine: Machine, code: int, printed: str, expected: bool | None) -> None:
    machine.stands_in("curl", f"printf '%s' '{printed}'; exit {code}")
    told = machine.facts().get("platformEndpoint")
    assert told == (None if expected is None else {"80": expected, "32526": expected})


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (0, "", True),
        (124, "", False),
        (1, "bash: connect: Connection refused", False),
        (1, "bash: connect: No route to host", False),
        (1, "bash: line 1: /dev/tcp/168.63.129.16/80: No such file or directory", None),
        (127, "bash: not found", None),
    ],
)
def test_bashs_complaints_are_misread(machine: Machine, code: int, said: str, expected: bool | None) -> None:
    machine.stands_in("timeout", f"echo '{said}'; exit {code}")
    if machine.shell != "bash":
        machine.stands_in("bash", "exit 3")
    else:
        machine.has("bash")
    told = machine.facts().get("platformEndpoint")
    assert told == (None if expected is None else {"80": expected, "32526": expected})


def test_another_users_no_is_taken_for_the_agents(machine: Machine) -> None:
    machine.stands_in("curl", "exit 7")
    machine.stands_in("id", "echo 1000")
    assert "platformEndpoint" not in machine.facts()


# ---- the script itself ----


def test_a_usual_machine_fills_what_run_command_gives_back(machine: Machine) -> None:
    """Run Command keeps the last 4,096 bytes."""
    for number in range(8):  # as many NICs as a VM may have
        machine.card(f"eth{number}", f"00:0d:3a:12:34:{number:02x}", index=number + 2)
        machine.process(500 + number, "dhclient", f"eth{number}")
    machine.agent()
    systemctl(
        machine,
        waagent="LoadState=not-found ActiveState=inactive UnitFileState=",
        walinuxagent="LoadState=loaded ActiveState=active UnitFileState=enabled",
    )
    machine.stands_in("curl", "exit 0")
    machine.stands_in("getent", GETENT)
    machine.stands_in("waagent", "echo 'Goal state agent: 2.12.0.2'")
    machine.file("/etc/waagent.conf", "HttpProxy.Host=proxy.contoso.com\nHttpProxy.Port=3128\n")
    told = machine.facts()
    assert set(told) == {"collectedAt", "interfaces", "services", "proxy", "platformEndpoint", "agent"}
    assert len(json.dumps(told)) < 1300


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_fault() -> None:
    done = subprocess.run(["shellcheck", str(SCRIPT)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_script_is_not_plain_ascii_or_redirects_to_a_file() -> None:
    text = SCRIPT.read_text("ascii")
    assert "\r" not in text
    code = [line.split(" # ")[0] for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in code:
        assert ">>" not in line
        for target in line.replace("2>&1", "").replace(">&2", "").split(">")[1:]:
            assert target.strip().startswith("/dev/null"), line
