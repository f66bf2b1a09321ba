"""What a letter still lacks: marks that stand in it, and whoever collects them."""

import re
from dataclasses import dataclass, field

from reports.notices.wording import ENGLISH, Wording

_BLANK = re.compile(r"(\[to be completed: [^\[\]]*\]|〔待补：[^〔〕]*〕)")


def blank(what: str, say: Wording = ENGLISH) -> str:
    """What stands where something is missing: it can be seen, and searched for. what: in the language of say."""
    return say("[to be completed: {what}]", what=what)


@dataclass
class Blanks:
    """Collects what is missing while a letter is written. say: in its language."""

    say: Wording = ENGLISH
    missing: list[str] = field(default_factory=list)

    def fill(self, value: str, what: str, **named: str) -> str:
        """The value, or a blank that asks for what; see ask."""
        if value.strip():
            return value.strip()
        return self.ask(what, **named)

    def ask(self, what: str, **named: str) -> str:
        """The mark that stands in the letter where something is missing, which is noted once. what: in English; named: what
        stands in its braces."""
        asked = self.say(str(what), **named)
        if asked not in self.missing:
            self.missing.append(asked)
        return blank(asked, self.say)


SIGNATURE = "signature"
"""What a person fills in by hand, on the paper: the only blank that an approved letter has."""


def has_blank(text: str) -> bool:
    """Whether a blank is marked in it."""
    return _BLANK.search(text) is not None


def runs(text: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is a blank."""
    return [(piece, bool(_BLANK.fullmatch(piece))) for piece in _BLANK.split(text) if piece]
