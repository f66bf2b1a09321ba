"""How this program shows itself to the sites it reads."""

ROBOTS_NAME = "Semblance"
VERSION = "0.1.0"


def user_agent(contact: str) -> str:
    """The User-Agent header. contact: an address or page where a site's owner reaches whoever runs this; may be empty."""
    reach = "".join(c for c in contact if c.isascii() and c.isprintable() and c not in "()\\")[:200].strip()
    return f"{ROBOTS_NAME}/{VERSION} (+{reach})" if reach else f"{ROBOTS_NAME}/{VERSION}"
