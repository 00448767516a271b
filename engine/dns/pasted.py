"""Values pasted from a platform's account: what people copy, and when a found record says the same."""

import re

from engine.dns.spf import named_in
from engine.dns.spf_syntax import is_spf

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def clean_value(kind: str, text: str) -> str:
    """Without what panels print around a value: quotes of the zone file, a preference, a final dot."""
    text = text.strip()
    if kind == "TXT":
        parts = _QUOTED.findall(text)
        return re.sub(r"\\(.)", r"\1", "".join(parts)) if parts and text.startswith('"') else text
    if kind == "MX":
        text = re.sub(r"^\d+\s+", "", text)
    return text.strip('"').rstrip(".")


def same_key(found: str, expected: str) -> bool:
    """The same DKIM key, however its record is spaced and ordered."""
    return _key_of(expected) != ("", "") and _key_of(found) == _key_of(expected)


def _key_of(text: str) -> tuple[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    tags = {name.strip().lower(): re.sub(r"\s", "", value) for name, _, value in pairs}
    return tags.get("p", ""), tags.get("k", "rsa").lower() if tags.get("p") else ""


def holds_senders(found: str, expected: str) -> bool:
    """An SPF record that names everybody whom the pasted one names: a second record would break both."""
    wanted = named_in(expected)
    return is_spf(found) and bool(wanted) and set(wanted) <= set(named_in(found))
