"""What somebody's phone does: it reads the page that sets it up, and shows the code of a moment."""

import html
import re
from dataclasses import dataclass
from datetime import datetime

import pyotp


@dataclass(frozen=True)
class Authenticator:
    """secret: as the page shows it, in base32."""

    secret: str

    def code(self, at: datetime) -> str:
        """What it shows at that moment."""
        return str(pyotp.TOTP(self.secret).at(at))


def authenticator_of(page: str) -> Authenticator:
    """The one that a page sets up."""
    found = re.search(r"<code>([A-Z2-7 ]{32,60})</code>", page)
    assert found, page
    return Authenticator(found[1].replace(" ", ""))


def recovery_codes_of(page: str) -> list[str]:
    """Those that a page shows."""
    return [html.unescape(code) for code in re.findall(r"<code>((?:[A-Z2-7]{4}-){6}[A-Z2-7]{4})</code>", page)]
