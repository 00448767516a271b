"""Numbers as people read them."""


def with_thousands(number: int | str) -> str:
    """ "1234.50" is "1,234.50"; amounts come as text, because floats are no money."""
    whole, dot, rest = str(number).partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.lstrip("-").isdigit() else str(number)
