"""Which addresses the public internet can reach. "Not private" is no filter: only global unicast passes.

Python's own `is_global` counts 192.0.0.192, 64:ff9b::/96, 2002::/16 and fec0:: among the public ones (3.11), so the
lists stand here: the IANA special-purpose registries, plus two addresses behind which clouds keep their metadata.
"""

import ipaddress
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_V4_INSIDE = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; many systems take 0.0.0.0 for themselves
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a carrier's NAT; holds 100.100.100.200, a cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent, although the number is public
        "169.254.0.0/16",  # link-local, with 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; holds 192.0.0.192, a cloud's metadata
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_V6_GLOBAL = IPv6Network("2000::/3")
_V6_INSIDE = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_allowed(text: str | Address, allow: Sequence[Network] = ()) -> bool:
    """Whether a connection to this address may be made: it is public, or its network was allowed by a setting."""
    address = unwrapped(text)
    if address is None:
        return False
    return any(address.version == network.version and address in network for network in allow) or is_public(address)


def unwrapped(text: str | Address) -> Address | None:
    """The address that a connection would really reach; None for what is no plain address (fe80::1%eth0)."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _V4_INSIDE)
    if address in _NAT64:
        return is_public(_last_four_bytes(address))
    if address not in _V6_GLOBAL or any(address in network for network in _V6_INSIDE):
        return False
    return not _is_isatap(address) or is_public(_last_four_bytes(address))


def _is_isatap(address: IPv6Address) -> bool:
    """A tunnel by which an ordinary prefix carries an IPv4 address (RFC 5214)."""
    return (int(address) >> 32) & 0xFFFFFFFF in _ISATAP


def _last_four_bytes(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)
