"""Updates the VM agent inside guests, and sees that its services start with the system."""

from collections.abc import Iterator, Sequence
from typing import Any

from scanner.language.values import OpenList
from scanner.repairs.estate import Estate
from scanner.repairs.guests import in_guests
from scanner.repairs.kinds import Kind
from scanner.repairs.model import Finding, NoRepair, Repair, Setting
from scanner.rowtypes import VM

_LINUX_UPDATE = """\
set -e
if command -v apt-get > /dev/null; then
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y --only-upgrade walinuxagent
elif command -v zypper > /dev/null; then
  zypper --non-interactive update python-azure-agent
elif command -v dnf > /dev/null; then
  dnf -y update WALinuxAgent
elif command -v yum > /dev/null; then
  yum -y update WALinuxAgent
else
  echo "no package manager that is known here; nothing was done" >&2
  exit 1
fi
waagent --version"""
_WINDOWS_UPDATE = """\
param([Parameter(Mandatory)][string]$agent_msi)
$ErrorActionPreference = 'Stop'
$file = Join-Path $env:TEMP 'WindowsAzureVmAgent.msi'
Invoke-WebRequest -UseBasicParsing -Uri $agent_msi -OutFile $file
$signed = Get-AuthenticodeSignature $file
if ($signed.Status -ne 'Valid' -or $signed.SignerCertificate.Subject -notmatch 'O=Microsoft Corporation') {
  throw 'the file is not signed by Microsoft; nothing was installed'
}
Start-Process msiexec.exe -ArgumentList '/i', "`"$file`"", '/quiet', '/norestart' -Wait"""
_WINDOWS_SERVICES = """\
'RdAgent', 'WindowsAzureGuestAgent' | Set-Service -StartupType Automatic
Start-Service RdAgent, WindowsAzureGuestAgent
Get-CimInstance Win32_Service -Filter "Name='RdAgent' or Name='WindowsAzureGuestAgent'" |
  Format-Table Name, State, StartMode"""
_LINUX_SERVICES = """\
for unit in walinuxagent waagent; do
  if systemctl cat "$unit" > /dev/null 2>&1; then
    systemctl unmask "$unit"
    systemctl enable "$unit"
    systemctl is-enabled "$unit"
    exit
  fi
done
echo "no unit of the agent is installed" >&2
exit 1"""
_MSI = Setting(
    "AGENT_MSI",
    "the address of the MSI of the VM agent: the newest of https://github.com/Azure/WindowsVMAgent/releases",
)
_CHECK = "wait some minutes for the agent to report, collect instance views (or guest facts) again, then scan"


def make(findings: Sequence[Finding], estate: Estate) -> Iterator[Repair | NoRepair]:
    for system in ("Windows", "Linux"):
        old = [one for one in findings if one.policy == "agent-version" and _os(one, estate) == system]
        if old:
            yield _update(system, old)
    for system in ("Windows", "Linux"):
        stuck = [one for one in findings if one.policy == "agent-service-running" and _os(one, estate) == system]
        able = [one for one in stuck if not _unable(one, estate)]
        for why in sorted({_unable(one, estate) for one in stuck} - {""}):
            yield NoRepair(tuple(one for one in stuck if _unable(one, estate) == why), why)
        if able:
            yield _services(system, able)
    lost = tuple(one for one in findings if _os(one, estate) not in ("Windows", "Linux"))
    if lost:
        yield NoRepair(lost, "the operating system is not known")


def _os(finding: Finding, estate: Estate) -> Any:
    return estate.known(finding.subject, "os.type")


def _unable(finding: Finding, estate: Estate) -> str:
    """Why Run Command, which goes by the agent, cannot mend the agent."""
    if estate.known(finding.subject, "agent.running") is False:
        return (
            "no agent runs that could run a script: sign in (serial console), start its service and make it automatic"
        )
    if estate.known(finding.subject, "agent.extensions_enabled") is False:
        return "with Extensions.Enabled=n the agent runs no script either: sign in, set it to y in /etc/waagent.conf"
    told = estate.known(finding.subject, "agent.services")
    services = told.known if isinstance(told, OpenList) else told or []
    for one in services:
        if one.get("status") != "running" and one.get("name") != "RdAgent":
            return (
                "the agent's service is not running, so that it runs no script: sign in (serial console) and start it"
            )
        if one.get("startup") == "not installed" or one.get("status") == "not installed":
            return "a service of the agent is not installed: sign in and install the VM agent"
    return ""


def _update(system: str, old: Sequence[Finding]) -> Repair:
    windows = system == "Windows"
    return in_guests(
        "guest-agent",
        f"update-agent-{system.lower()}",
        f"Update the {system} VM agent",
        system.lower(),
        _WINDOWS_UPDATE if windows else _LINUX_UPDATE,
        old,
        changes="the VM agent becomes the newest of the given MSI" if windows else "the agent's package is upgraded",
        risk="The agent restarts, the VM does not. The guest must reach the MSI's address."
        if windows
        else "The agent restarts, the VM does not. The guest must reach its package repositories.",
        undo="install the package of the earlier version",
        check=_CHECK,
        downtime="none: the agent restarts, the VM does not",
        settings=(_MSI,) if windows else (),
    )


def _services(system: str, able: Sequence[Finding]) -> Repair:
    return in_guests(
        "guest-agent",
        f"agent-services-{system.lower()}",
        "Let the agent's services start with the system",
        system.lower(),
        _WINDOWS_SERVICES if system == "Windows" else _LINUX_SERVICES,
        able,
        changes="the agent's services start automatically, and run",
        risk="Somebody may have switched them off on purpose.",
        undo="set the startup of the services back",
    )


_FACTS = ("os.type", "agent.running", "agent.extensions_enabled", "agent.services")
KIND = Kind(50, ("agent-version", "agent-service-running"), make, facts={VM: _FACTS})
