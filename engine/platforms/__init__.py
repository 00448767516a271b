"""Stand-in until the catalogue lands."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Platform:
    key: str
    name: str


class UnknownPlatform(KeyError):
    pass


_ALL = {k: Platform(k, n) for k, n in {"kartra": "Kartra", "mailchimp": "Mailchimp", "wordpress": "WordPress"}.items()}


def load(key: str) -> Platform:
    if key not in _ALL:
        raise UnknownPlatform(key)
    return _ALL[key]


def names() -> list[tuple[str, str]]:
    return [(p.key, p.name) for p in _ALL.values()]


def catalogue() -> dict[str, Platform]:
    return dict(_ALL)
