"""Where the names that show pages lead: aliases, proxies, names that nobody holds any more."""

import ipaddress
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import engine.platforms
from engine.platforms import Platform, TraceKind, catalogue

PROXIES = Path(engine.platforms.__file__).parent / "general" / "proxies.toml"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=1)
def _ranges() -> tuple[tuple[str, tuple[Network, ...]], ...]:
    raw = tomllib.loads(PROXIES.read_text("utf-8"))
    return tuple((one["name"], tuple(ipaddress.ip_network(text) for text in one["ranges"])) for one in raw.values())


def proxy_of(addresses: Iterable[str]) -> str:
    """The name of the proxy that all these addresses belong to, or ""."""
    texts = list(addresses)
    for name, networks in _ranges():
        if texts and all(any(ipaddress.ip_address(text) in network for network in networks) for text in texts):
            return name
    return ""


def platform_of(target: str) -> Platform | None:
    """Whose pages a CNAME leads to, by the catalogue."""
    for platform in catalogue().values():
        for trace in platform.dns.traces_of(TraceKind.PAGES):
            if trace.type not in ("A", "AAAA") and trace.accepts(target):
                return platform
    return None
