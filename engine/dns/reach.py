"""Which name servers of other people's zones may be asked, and at which port."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.outbound.addresses import Network, is_allowed

PORT = 53
WEB_PORTS = frozenset({80, 443})
MOST_PORTS = 4


_is_allowed = lru_cache(maxsize=4096)(is_allowed)  # name servers are few, and asked often


def is_public(address: str) -> bool:
    return _is_allowed(address, ())


@dataclass(frozen=True, slots=True)
class Reach:
    """Public addresses at port 53; addresses that are not public only where a setting allows them, for tests."""

    allow: tuple[Network, ...] = ()
    test_ports: tuple[int, ...] = (PORT,)

    def may_ask(self, address: str) -> bool:
        return _is_allowed(address, self.allow)

    def ports_of(self, address: str) -> tuple[int, ...]:
        """The ports to try, the next only where nobody answers at the one before; none where asking is refused."""
        if not self.may_ask(address):
            return ()
        return (PORT,) if is_public(address) else self.test_ports


def reach_of(
    allow: Sequence[Network] = (), ports: Collection[int] = (), resolver_ports: Collection[int] = (PORT,)
) -> Reach:
    """Out of OUTBOUND_ALLOW and OUTBOUND_PORTS: the ports beside the web's are those of the test's name servers.

    53 goes first where it is among them, then one that a configured resolver uses too; where none is named it is 53,
    then the configured resolver's.
    """
    named = [port for port in ports if port not in WEB_PORTS]
    likely = [port for port in resolver_ports if port in named or not named]
    order = [PORT] if PORT in named or not named else []
    return Reach(tuple(allow), tuple(dict.fromkeys([*order, *likely, *named]))[:MOST_PORTS])
