"""What can go wrong at the counter."""


class LendingError(Exception):
    """Anything the library refuses; the message is shown to the member."""


class UnknownItem(LendingError):
    """No item has that number."""


class NotAllowed(LendingError):
    """The member may not do that now."""


class AlreadyLent(LendingError):
    """Another member has the item."""
