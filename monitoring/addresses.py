"""Which hosts a message may be sent to: only those whose every address is of the public internet."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from monitoring.errors import AddressRefused

type Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LOOKS_LIKE_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_ALSO_REFUSED = (
    ipaddress.ip_network("192.0.0.0/24"),  # assignments of protocols (RFC 6890)
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4 (RFC 7526)
    ipaddress.ip_network("3fff::/20"),  # documentation (RFC 9637)
    ipaddress.ip_network("2001:20::/28"),  # ORCHIDv2 (RFC 7343): no addresses at all
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the name that TLS and the Host header keep, the port, the path with its query."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


def target_of(url: str) -> Target:
    """The parts of URL, without asking anybody. Raises AddressRefused for what is no plain http or https address of a host."""
    if re.search(r"[\s\x00-\x20\x7f\\]", url):
        raise AddressRefused("it holds a space, a control character or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("it is no URL") from None
    if parts.scheme not in {"http", "https"}:
        raise AddressRefused("it does not begin with https://")
    if "@" in parts.netloc:
        raise AddressRefused("it holds a user name or password")
    is_tls = parts.scheme == "https"
    return Target(is_tls, _host(parts), port if port is not None else 443 if is_tls else 80, _path(parts))


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    whole = f"{path}?{parts.query}" if parts.query else path
    if not whole.isascii():
        raise AddressRefused("its path is not percent-encoded")
    return whole


def _host(parts: SplitResult) -> str:
    """The host as it is resolved: lower case, in ASCII, without the dot of the root; an IP address in its one normal form."""
    name = parts.hostname or ""
    if "[" in parts.netloc and ":" not in name:
        raise AddressRefused("its host is no IPv6 address")
    if "%" in name:
        raise AddressRefused("its host holds a percent sign")
    if ":" in name:
        try:
            return str(ipaddress.IPv6Address(name))
        except ValueError:
            raise AddressRefused("its host is no IPv6 address") from None
    try:
        name = name.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise AddressRefused("its host is no name") from None
    labels = name.split(".")
    if _LOOKS_LIKE_NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise AddressRefused("its host is a number that is no plain IPv4 address") from None
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("its host is no name")
    return name


def resolved(target: Target) -> list[tuple[socket.AddressFamily, tuple[str | int | bytes, ...]]]:
    """The addresses of TARGET, asked for once: what is connected to is what was checked. Raises AddressRefused where there is none."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(f"no address of {target.host} is known") from None
    return [(family, (str(address[0]), *address[1:])) for family, _, _, _, address in found]


def demand_public(address: str) -> None:
    """Raises AddressRefused unless ADDRESS, and every address that it wraps, is of the public internet."""
    text, _, zone = address.partition("%")
    if zone or not all(_is_public(each) for each in _unwrapped(ipaddress.ip_address(text))):
        raise AddressRefused("its host lies inside: a private, loopback, link-local or reserved address")


def _is_public(ip: Ip) -> bool:
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    if any(ip in network for network in _ALSO_REFUSED if network.version == ip.version):
        return False
    return ip.version == 4 or ip in _GLOBAL_UNICAST


def _unwrapped(ip: Ip) -> list[Ip]:
    """The addresses that a packet to IP may end up at: the IPv4 ones inside mapped, compatible, NAT64, 6to4, Teredo and ISATAP forms, else IP itself."""
    if ip.version == 4:
        return [ip]
    assert isinstance(ip, ipaddress.IPv6Address)
    last = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.ipv4_mapped is not None or ip in _NAT64:
        return [last]
    if ip.sixtofour is not None:
        return [ip.sixtofour]
    if ip.teredo is not None:
        return list(ip.teredo)
    if (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
        return [ip, last]
    return [ip]
