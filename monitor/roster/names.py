"""How rosters' names are compared."""

import unicodedata


def name_key(name: str) -> str:
    """A name as it is compared: compatibility forms, case and spacing do not tell people apart."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
