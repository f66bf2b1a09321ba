"""How this program shows itself to the sites it reads."""

from registry.version import version

ROBOTS_NAME = "Semblance"


def user_agent(contact: str) -> str:
    """The User-Agent header. contact: an address or page where a site's owner reaches whoever runs this; may be empty."""
    reach = "".join(c for c in contact if c.isascii() and c.isprintable() and c not in "()\\")[:200].strip()
    name = f"{ROBOTS_NAME}/{version()}"
    return f"{name} (+{reach})" if reach else name
