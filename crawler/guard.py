"""What must not be fetched. URLs come from strangers: they may point into the machine, its network, or its cloud account.

`check_url` refuses early and says why; `check_address` is the check that counts, made on the address that is connected to, so
that a name that answers differently the second time gains nothing.
"""

import logging
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

from crawler.errors import Refused
from registry.hostnames import ascii_host

_log = logging.getLogger(__name__)

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

MAX_URL = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}
PUBLIC_PORTS = (80, 443, 8080, 8443)

# Answered by cloud providers from inside every machine with its credentials; no setting opens them.
_METADATA = frozenset(map(ip_address, ("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")))

# Whatever a release of Python's ipaddress thinks of them: all that the IANA's registries of special-purpose addresses, of IPv6
# address space and of multicast do not call globally reachable, and the forms that carry an IPv4 address inside an IPv6 one,
# which could smuggle it past a check.
_NEVER_PUBLIC = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
            *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
            *("::/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "4000::/2", "8000::/1"),
        ),
    )
)
# The interface identifier of ISATAP (RFC 5214), which ends in an IPv4 address.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)

_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_USER = re.compile(r"(?<=//)[^/?#@\s]*@")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")


@dataclass(frozen=True)
class GuardPolicy:
    """What may be fetched besides the public internet.

    allowed_networks: private networks that are watched on purpose (an intranet, tests on loopback); hosts written as an
    address in one of them may use any port. allowed_ports: for all others; None allows every port. plain_on_loopback: whether
    http is allowed on this machine's own addresses, written as such, where allowed_schemes lacks it.
    """

    allowed_networks: tuple[Network, ...] = ()
    allowed_ports: tuple[int, ...] | None = PUBLIC_PORTS
    allowed_schemes: tuple[str, ...] = ("http", "https")
    plain_on_loopback: bool = False

    @classmethod
    def allowing(cls, *networks: str) -> "GuardPolicy":
        """The default policy plus the networks given in CIDR notation; raises ValueError for anything else."""
        return cls(allowed_networks=tuple(map(ip_network, networks)))


@dataclass(frozen=True)
class Target:
    """A URL as it was understood when it was checked, in ASCII. path: with the query, never empty."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as a URL writes them: IPv6 in brackets, and no port that the scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"

    @property
    def place(self) -> str:
        """Host and port: whose requests are paced together, whatever the scheme."""
        return f"{self.host} {self.port}"

    @property
    def url(self) -> str:
        """The URL as it is asked for, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"


def read_url(url: str) -> Target:
    """The one reading of an http or https URL. Pure; says nothing of whether it may be fetched. Raises Refused."""
    parts = _split(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise Refused(
            f"{printable(url)} is of the scheme {parts.scheme or '(none)'}.", "Only http and https addresses are fetched."
        )
    if "@" in parts.netloc:
        raise Refused(f"{printable(url)} carries a user name.", "Give the address without the part before the @.")
    host = _host(parts, url)
    path = quote(parts.path or "/", safe=_PATH_SAFE, errors="replace")
    query = quote(parts.query, safe=_PATH_SAFE + "?[]", errors="replace")
    return Target(parts.scheme, host, _port(parts, url), f"{path}?{query}" if query else path)


def check_url(url: str, policy: GuardPolicy) -> Target:
    """The reading of url that may be connected to, once its addresses are checked too. Resolves nothing. Raises Refused, and
    logs it."""
    try:
        return _check_url(url, policy)
    except Refused as refused:
        _log.warning("refused: %s", refused.what)
        raise


def _check_url(url: str, policy: GuardPolicy) -> Target:
    target = read_url(url)
    literal = _literal(target.host)
    here = policy.plain_on_loopback and literal is not None and literal.is_loopback
    if target.scheme not in policy.allowed_schemes and not here:
        raise Refused(f"{printable(url)} is not encrypted.", "Use the https address, or allow http in crawl.allowed_schemes.")
    if literal is not None:
        _check_address(literal, policy)
    inside = literal is not None and _inside(literal, policy.allowed_networks)
    if not inside and policy.allowed_ports is not None and target.port not in policy.allowed_ports:
        raise Refused(
            f"{printable(url)} uses port {target.port}.",
            "If you trust that host, allow the port with the setting crawl.allowed_ports.",
        )
    return target


def check_address(address: Address | str, policy: GuardPolicy) -> Address:
    """The address, when a connection to it is allowed. Raises Refused, and logs it."""
    try:
        return _check_address(address, policy)
    except Refused as refused:
        _log.warning("refused: %s", refused.what)
        raise


def _check_address(address: Address | str, policy: GuardPolicy) -> Address:
    try:
        ip = ip_address(address) if isinstance(address, str) else address
    except ValueError as error:
        raise Refused(f"{printable(str(address))} is no IP address.", "Give a host name or a plain IP address.") from error
    if _METADATA & {ip, *_carried(ip)}:
        raise Refused(f"{ip} is where cloud providers keep a machine's credentials.", "Remove the address; no setting allows it.")
    if _inside(ip, policy.allowed_networks):
        return ip
    if not _public(ip):
        raise Refused(
            f"{ip} is not an address of the public internet ({_sort(ip)}).",
            "If it is your own network, allow it with the setting crawl.allowed_networks.",
        )
    return ip


def printable(url: str) -> str:
    """url, short and printable, for a message; without a user's name and password."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in _USER.sub("…@", url))
    return text if len(text) <= 200 else f"{text[:200]}…"


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL:
        raise Refused(f"{printable(url)} is longer than {MAX_URL} characters.", "Give a shorter address.")
    # urlsplit drops tabs and newlines silently, browsers read a backslash as a slash: neither occurs in an honest URL.
    if _UNSAFE.search(url):
        raise Refused(f"{printable(url)} holds blanks, control characters or a backslash.", "Give the address percent-encoded.")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise Refused(f"{printable(url)} is not a valid URL.", "Give an address such as https://example.org/page.") from error


def _port(parts: SplitResult, url: str) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise Refused(f"{printable(url)} has an impossible port.", "Give a port between 1 and 65535, or none.") from error
    if port == 0:
        raise Refused(f"{printable(url)} has an impossible port.", "Give a port between 1 and 65535, or none.")
    return port or DEFAULT_PORTS[parts.scheme]


def _host(parts: SplitResult, url: str) -> str:
    if parts.netloc.startswith("["):
        host = parts.hostname or ""
        valid = ":" in host
    else:
        try:
            # Not parts.hostname: it lowers letters in Python's way, which is not that of names.
            host = ascii_host(parts.netloc.partition(":")[0])
        except ValueError:
            host = ""
        valid = len(host) <= 253 and _HOST.fullmatch(host) is not None
    if not valid:
        raise Refused(f"{printable(url)} names no valid host.", "Give an address such as https://example.org/page.")
    host = host.rstrip(".")
    try:
        return str(_literal(host) or host)
    except ValueError as error:
        raise Refused(
            f"{printable(url)} writes an IP address in an unusual way.", "Write it as four decimal numbers or plain IPv6."
        ) from error


def _literal(host: str) -> Address | None:
    """The address that host spells, None for a name. Raises ValueError for any but the plain spelling: 2130706433, 0x7f.1 and
    017700000001 are all 127.0.0.1 to a resolver."""
    if ":" in host:
        if "%" in host:
            raise ValueError("a zone is the machine's own affair")
        return IPv6Address(host)
    return IPv4Address(host) if _NUMERIC_LABEL.fullmatch(host.rsplit(".", 1)[-1]) else None


def _inside(ip: Address, networks: tuple[Network, ...]) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)


def _carried(ip: Address) -> set[IPv4Address]:
    """The IPv4 addresses that a wrapped one may mean: most forms end in it, 6to4 and Teredo have it elsewhere."""
    if isinstance(ip, IPv4Address):
        return set()
    inner = {IPv4Address(int(ip) & 0xFFFF_FFFF), ip.sixtofour, *(ip.teredo or ())}
    return {each for each in inner if each is not None}


def _public(ip: Address) -> bool:
    if isinstance(ip, IPv6Address) and (ip.scope_id is not None or int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP):
        return False
    return not _inside(ip, _NEVER_PUBLIC)


def _sort(ip: Address) -> str:
    kinds = ("unspecified", "loopback", "link_local", "multicast", "private", "reserved")
    return next(
        (kind.replace("_", "-") for kind in kinds if getattr(ip, f"is_{kind}")), "of special use, or an IPv4 address in disguise"
    )
