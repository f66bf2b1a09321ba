"""Opening links: by one, a browser is signed in as the machine's owner, once and soon."""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from starlette.requests import Request

from registry.accounts import token_hash

LASTS = timedelta(minutes=10)
PAUSE = timedelta(seconds=5)
"""Between two links that are asked for: whoever asks sees none of them."""


class Opening:
    """The one link that holds, if any. It is kept in memory alone, and ends with the process."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """tell: is given the secret of each new link, for whoever sits at the machine."""
        self._tell, self._lock = tell, Lock()
        self._held: tuple[str, datetime] | None = None
        self._made_at: datetime | None = None

    def renew(self, at: datetime) -> bool:
        """Make a new link, which takes the place of the one before; says whether it did, or one was made just now."""
        with self._lock:
            if self._made_at is not None and timedelta(0) <= at - self._made_at < PAUSE:
                return False
            secret = secrets.token_urlsafe(24)
            self._held, self._made_at = (token_hash(secret), at + LASTS), at
        self._tell(secret)
        return True

    def use(self, secret: str, at: datetime) -> bool:
        """Whether the secret is that of the link, and it holds; after that it holds no more."""
        with self._lock:
            if self._held is None:
                return False
            known, until = self._held
            if not hmac.compare_digest(known, token_hash(secret)) or not until - LASTS <= at < until:
                return False
            self._held = None
            return True


def opening_of(request: Request) -> Opening:
    """That of the server which is asked."""
    opening: Opening = request.app.state.opening
    return opening
