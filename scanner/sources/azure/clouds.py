"""The clouds a live scan can ask, each with its own endpoints; only loopback may stand in for one without TLS."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from scanner.model import SnapreadyError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Cloud:
    """`endpoint`: of Resource Manager; `scope`: what a token for it is good for. `metrics`: its hosts' names' end."""

    name: str
    endpoint: str
    scope: str
    authority: str
    metrics: str


CLOUDS = {
    "public": Cloud(
        "public",
        "https://management.azure.com",
        "https://management.azure.com/.default",
        "login.microsoftonline.com",
        "metrics.monitor.azure.com",
    ),
    "usgovernment": Cloud(
        "usgovernment",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/.default",
        "login.microsoftonline.us",
        "metrics.monitor.azure.us",
    ),
    "china": Cloud(
        "china",
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn/.default",
        "login.chinacloudapi.cn",
        "metrics.monitor.azure.cn",
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where requests go: a cloud, or what stands in for its Resource Manager (a private endpoint, the emulator)."""

    cloud: Cloud
    endpoint: str
    own: bool
    """The endpoint was given by the user; metrics are asked there too."""
    plain: bool
    """Without TLS, on loopback: no token is ever sent there."""

    def host(self) -> str:
        return urlsplit(self.endpoint).netloc

    def name(self) -> str:
        return f"Azure ({self.cloud.name})" if not self.own else f"Azure ({self.cloud.name}, at {self.host()})"

    def holds(self, url: str) -> bool:
        """Whether a link leads to the same endpoint; a port that says the scheme once more makes no difference."""
        try:
            mine, other, other_port = urlsplit(self.endpoint), urlsplit(url), urlsplit(url).port
        except ValueError:
            return False
        usual = {"https": 443, "http": 80}
        return (mine.scheme, mine.hostname, mine.port or usual[mine.scheme]) == (
            other.scheme,
            other.hostname,
            other_port or usual.get(other.scheme),
        )

    def metrics_url(self, region: str) -> str:
        return f"{self.endpoint}/metrics/{region}" if self.own else f"https://{region}.{self.cloud.metrics}"

    def metrics_scope(self) -> str:
        return f"https://{self.cloud.metrics}/.default"


def place(cloud: str, endpoint: str | None) -> Place:
    """Raises SnapreadyError for an endpoint that is no URL, or that would take a token over an open line."""
    found = CLOUDS[cloud]
    if endpoint is None:
        return Place(found, found.endpoint, own=False, plain=False)
    try:
        given = urlsplit(endpoint)
        valid = given.scheme in ("http", "https") and bool(given.hostname) and given.port != 0
    except ValueError:
        valid = False
    if not valid or given.query or given.fragment:
        raise SnapreadyError(f"--endpoint: {endpoint!r} is no URL such as https://management.azure.com")
    if given.username or given.password:
        raise SnapreadyError("--endpoint: a URL with a password in it is not taken; sign in with --credential")
    plain = given.scheme == "http"
    if plain and given.hostname not in _LOOPBACK:
        raise SnapreadyError(f"--endpoint: {endpoint} is not https; plain http is for 127.0.0.1 only")
    return Place(found, endpoint.rstrip("/"), own=True, plain=plain)
