"""How a name found in the DNS is compared with a name of the catalogue."""

import ipaddress
from fnmatch import fnmatchcase
from functools import lru_cache


@lru_cache(maxsize=32_768)
def name_matches(found: str, pattern: str, *, exact: bool = False) -> bool:
    """True when `found` is `pattern` or, unless exact, a name below it.

    Labels are compared as wholes, so that notmcsv.net does not pass for mcsv.net; a `*` in the pattern stands for any
    text inside one label, since some platforms number their hosts (acems1.com, acems2.com).
    """
    have, want = _labels(found), _labels(pattern)
    if not want or len(have) < len(want) or (exact and len(have) != len(want)):
        return False
    return all(fnmatchcase(label, part) for label, part in zip(have[-len(want) :], want, strict=True))


def _labels(name: str) -> list[str]:
    plain = name.strip().rstrip(".").casefold()
    return plain.split(".") if plain else []


def address_matches(found: str, expected: str) -> bool:
    """The same address, however it is written; 2620:127:f00f:5:0:0:0:0 is 2620:127:f00f:5::."""
    try:
        return ipaddress.ip_address(found.strip()) == ipaddress.ip_address(expected)
    except ValueError:
        return False


def text_begins(found: str, start: str) -> bool:
    """For the texts by which a vendor proves ownership; the quotes of the zone file do not count."""
    return found.strip().strip('"').casefold().startswith(start.casefold())
