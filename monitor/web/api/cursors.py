"""Cursors that are good for one caller, one list and one set of filters, and that nobody else makes."""

import base64
import hashlib
import hmac
from threading import Lock

from monitor.web.asked import Asked
from monitor.workspace import Workspace
from registry.blinding import blinder
from registry.canonical_json import canonical_json
from registry.errors import RegistryError

_NOT_FILTERS = frozenset({"after", "limit"})
_MAC = 16


class ForeignCursor(RegistryError):
    """A cursor that was given to somebody else, of another list, or altered."""


class Cursors:
    """Signs and opens them. The key follows from the workspace's secret, so that a cursor outlives the server."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._lock = workspace, Lock()
        self._key: bytes | None = None

    def signed(self, asked: Asked, plain: str) -> str:
        """The cursor of a row (registry.paging) as whoever asks is given it."""
        mac = base64.urlsafe_b64encode(self._mac(asked, plain)).decode().rstrip("=")
        return f"{base64.urlsafe_b64encode(plain.encode()).decode().rstrip('=')}.{mac}"

    def opened(self, asked: Asked, given: str) -> str:
        """Raises ForeignCursor."""
        try:
            body, _, mac = given.partition(".")
            plain = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
            same = hmac.compare_digest(base64.urlsafe_b64decode(mac + "=" * (-len(mac) % 4)), self._mac(asked, plain))
        except (ValueError, UnicodeError):
            same = False
        if not same:
            raise ForeignCursor(
                "The cursor is not one of this list, with these filters, for this account.",
                "Take `next` of the part before as it is, and leave the filters as they were.",
            )
        return plain

    def _mac(self, asked: Asked, plain: str) -> bytes:
        caller = asked.who.caller
        filters = sorted(pair for pair in asked.request.query_params.multi_items() if pair[0] not in _NOT_FILTERS)
        bound = [asked.route, sorted(asked.request.path_params.items()), filters, caller.account_id if caller else "", plain]
        return hmac.new(self._secret(), canonical_json(bound), hashlib.sha256).digest()[:_MAC]

    def _secret(self) -> bytes:
        with self._lock:
            if self._key is None:
                with self._workspace.acting_for(None, "web server") as owned, owned.session() as session:
                    self._key = bytes.fromhex(blinder(session)("the key of the API's cursors"))
                    session.commit()
            return self._key
