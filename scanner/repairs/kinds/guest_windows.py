"""Settings inside Windows guests: SQL Server's VSS copies, the VSS provider's service, addresses by DHCP."""

import re
from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Any

from scanner.facts.nics import mac_of
from scanner.language.values import OpenList
from scanner.model import Row
from scanner.repairs.estate import Estate, place_of
from scanner.repairs.guests import in_guests
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, properties_of
from scanner.rowtypes import NIC, VM

_DHCP = """\
param([Parameter(Mandatory)][string]$alias)
$ErrorActionPreference = 'Stop'
Set-NetIPInterface -InterfaceAlias $alias -AddressFamily IPv4 -Dhcp Enabled
Get-NetRoute -InterfaceAlias $alias -AddressFamily IPv4 -DestinationPrefix 0.0.0.0/0 -ErrorAction SilentlyContinue |
  Where-Object Protocol -eq NetMgmt | Remove-NetRoute -Confirm:$false
ipconfig /renew $alias
Get-NetIPConfiguration -InterfaceAlias $alias"""


_PLAIN = re.compile(r"[\w][\w .()#-]*").fullmatch
"""What a guest says of itself is handed to a script that runs as SYSTEM: only a plain name is."""


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    sql = [one for one in findings if one.policy == "sql-vss-copy-backup"]
    if sql:
        yield _copies(sql, estate)
    provider = [one for one in findings if one.policy == "provider-service-automatic"]
    gone = tuple(one for one in provider if not _service(one, estate))
    if gone:
        yield NoRepair(gone, "the service is not there: the next backup that installs the extension anew brings it")
    absent = {one.key for one in gone}
    if there := [one for one in provider if one.key not in absent]:
        yield _automatic(there, estate)
    yield from _by_dhcp([one for one in findings if one.policy == "guest-dhcp"], estate)


def _copies(sql: Sequence[Finding], estate: Estate) -> Repair:
    key, copy, full = (estate.parameter("sql-vss-copy-backup", name) for name in ("key", "copy_value", "full_value"))
    path = "Registry::" + str(key).replace("HKLM\\", "HKEY_LOCAL_MACHINE\\", 1)
    script = "\n".join(
        (
            "$ErrorActionPreference = 'Stop'",
            f"$key = {_literal(path)}",
            "if (-not (Test-Path -LiteralPath $key)) { New-Item -Path $key -Force | Out-Null }",
            f"Set-ItemProperty -LiteralPath $key -Name {_literal(copy)} -Value 'TRUE' -Type String",
            f"Remove-ItemProperty -LiteralPath $key -Name {_literal(full)} -ErrorAction SilentlyContinue",
            "Get-ItemProperty -LiteralPath $key",
        )
    )
    return in_guests(
        "guest-windows",
        "sql-vss-copy",
        "Ask for VSS copy backups",
        "windows",
        script,
        sql,
        changes=f"{copy} under {key} becomes TRUE, and {full} is taken away",
        risk="Where SQL Server's log chain hangs on full backups by VSS, it no longer begins anew with each.",
        undo=f"remove {copy}, and set {full} to TRUE where it was",
    )


def _literal(text: Any) -> str:
    """A text as PowerShell takes it literally."""
    return "'" + str(text).replace("'", "''") + "'"


def _service(finding: Finding, estate: Estate) -> Any:
    services = estate.known(finding.subject, "guest.services") or {}
    wanted = str(estate.parameter("provider-service-automatic", "service")).lower()
    return next((told for name, told in services.items() if name.lower() == wanted), None)


def _automatic(there: Sequence[Finding], estate: Estate) -> Repair:
    service = estate.parameter("provider-service-automatic", "service")
    name = _literal(service)
    script = (
        f"Set-Service -Name {name} -StartupType Automatic\nGet-CimInstance Win32_Service | Where-Object Name -eq {name}"
    )
    return in_guests(
        "guest-windows",
        "provider-automatic",
        f"Start the service {service} automatically",
        "windows",
        script,
        there,
        changes=f"the startup of {service} becomes automatic",
        risk="Guidance until 2018; today's does not ask for it. Worth it where backups fail, else leave it.",
        undo="Set-Service with the startup it had",
    )


def _by_dhcp(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    able, given, before = [], {}, []
    for finding in findings:
        found = _one_address(finding, estate)
        if isinstance(found, str):
            yield NoRepair((finding,), found)
            continue
        nic, config, alias = found
        able.append(finding)
        given[finding.subject.key] = [f"alias={alias}"]
        before += _kept(nic, config)
    if able:
        yield in_guests(
            "guest-windows",
            "dhcp",
            "Take the address from Azure by DHCP",
            "windows",
            _DHCP,
            able,
            changes="the platform keeps the address that the interface has now, and the guest asks for it by DHCP",
            risk="The guest loses its network for a moment, and for good where its address is another than Azure's:"
            " compare them first, have the serial console at hand, and do one VM at a time. DNS servers that were set"
            " inside the guest stay.",
            undo="set the address inside the guest again",
            downtime="the guest's network, for a moment",
            goes_on=False,
            given=given,
            before=before,
        )


def _one_address(finding: Finding, estate: Estate) -> tuple[Row, Row, str] | str:
    """The VM's one interface, its one ip configuration, and what the guest calls it; or why it is not so plain."""
    if estate.known(finding.subject, "os.type") != "Windows":
        return (
            "how Linux sets an address differs by distribution: set it on the NIC (az network nic ip-config update),"
            " then BOOTPROTO=dhcp, or dhcp4: true in netplan"
        )
    nics = estate.record(finding.subject).nics or []
    nic = estate.row(NIC, nics[0]) if len(nics) == 1 else None
    configs = properties_of(nic).get("ipConfigurations")
    if nic is None or not isinstance(configs, list) or len(configs) != 1:
        return (
            "it has several addresses (or its interface is not told), and Azure hands only the primary one out by DHCP:"
            " the others must be set in the guest, which takes a person"
        )
    told = estate.known(finding.subject, "guest.interfaces")
    members = told.known if isinstance(told, OpenList) else told or []
    own = mac_of(properties_of(nic).get("macAddress"))
    static = [one for one in members if one.get("dhcp") is False and mac_of(one.get("mac")) in (own, None)]
    alias = static[0].get("name") if len(static) == 1 else None
    if not isinstance(alias, str) or not _PLAIN(alias):
        return "the guest facts do not tell the interface's name, or one that a script may be given"
    return nic, configs[0], alias


def _kept(nic: Row, config: Row) -> list[str]:
    """The command that keeps the address on the platform, where it is not kept yet."""
    body, place = properties_of(config), place_of(nic["id"])
    if str(body.get("privateIPAllocationMethod", "")).lower() == "static" or not body.get("privateIPAddress"):
        return []
    words = (
        *("az", "network", "nic", "ip-config", "update", *place.words("--nic-name")),
        *("--name", str(config.get("name")), "--private-ip-address", str(body["privateIPAddress"]), "--output", "none"),
    )
    return [" ".join(map(quote, words))]


_POLICIES = ("sql-vss-copy-backup", "provider-service-automatic", "guest-dhcp")
_FACTS = ("os.type", "guest.services", "guest.interfaces", "network")
KIND = Kind(52, _POLICIES, make, frozenset((NIC,)), {VM: _FACTS})
