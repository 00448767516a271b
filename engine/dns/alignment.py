"""Whether a domain that SPF or DKIM vouches for speaks for the visible sender (RFC 9989 4.4, 4.10.2)."""

from engine.dns.answers import Lookup
from engine.dns.dmarc import records_in, registry_is_mute, walk_names


def organization(domain: str, lookup: Lookup) -> str | None:
    """The organizational domain by the tree walk; None while it cannot be told."""
    highest = domain
    for name in walk_names(domain):
        answer = lookup(f"_dmarc.{name}", "TXT")
        if registry_is_mute(name, answer, has_found=True):
            break
        if answer.has_failed or answer.is_pending:
            return None
        records = records_in(answer, name)
        if len(records) != 1:
            continue
        if records[0].psd == "n":
            return name
        if records[0].psd == "y" and name != domain:
            return ".".join(domain.split(".")[-(name.count(".") + 2) :])
        highest = name
    return highest


def is_aligned(vouched: str, author: str, mode: str, lookup: Lookup) -> bool | None:
    """Strict asks for the same name, relaxed for the same organization; None while that cannot be told."""
    if vouched == author:
        return True
    if mode == "s":
        return False
    one, other = organization(vouched, lookup), organization(author, lookup)
    return None if one is None or other is None else one == other
