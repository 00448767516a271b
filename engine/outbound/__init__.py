"""The one way out: every HTTP request of the product goes through `fetch`.

It refuses what is not public, after resolving and on every hop, connects to the very address it checked, and bounds
size, time and hops. Nothing comes from the environment: no proxies, no cookies, no credentials.
"""

from engine.outbound.addresses import Network, is_allowed
from engine.outbound.errors import Failed, OutboundError, Refused
from engine.outbound.fetching import Hop, Response, fetch, target_of
from engine.outbound.naming import resolver_at
from engine.outbound.urls import Url, read_url

__all__ = [
    "Failed",
    "Hop",
    "Network",
    "OutboundError",
    "Refused",
    "Response",
    "Url",
    "fetch",
    "is_allowed",
    "read_url",
    "resolver_at",
    "target_of",
]
