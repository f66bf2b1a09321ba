"""Finding a person's name in texts."""

import re

_WITHOUT_SPACES = 0x0E00
"""From Thai on, scripts write words without spaces between them: there a name has no edge."""


def naming(name: str) -> re.Pattern[str]:
    """Finds the name as words of their own, whatever its case and spacing."""
    words = name.split()
    before = r"(?<!\w)" if ord(words[0][0]) < _WITHOUT_SPACES else ""
    after = r"(?!\w)" if ord(words[-1][-1]) < _WITHOUT_SPACES else ""
    return re.compile(before + r"\s+".join(map(re.escape, words)) + after, re.IGNORECASE)
