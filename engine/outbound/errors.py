"""Why a request was not made, or came to nothing; the text is a sentence for the person who asked."""


class OutboundError(Exception):
    """Either of the two."""


class Refused(OutboundError):
    """The address is not one that this product may reach; no connection was made."""


class Failed(OutboundError):
    """The address was fine, the answer was not: says nothing about whether the page exists.

    `reason` is one of name, connection, tls, timeout, too_large, encoding, hops, loop.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
