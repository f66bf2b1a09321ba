"""What a run did, and whom it tells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from registry.actions import Step
from registry.db import now

Say = Callable[[str], None]
"""Takes one line of progress at a time; it may hold strangers' texts."""


@dataclass
class RunSummary:
    """What one run did.

    timestamped: tokens that authorities gave about captures; not_timestamped: those that were to be had and were not.
    gone, replaced, back: the addresses at which a captured video is not seen any more, other bytes stand, or what was gone is
    seen again. in_part: captures that were looked at, but not all of them. joined: new addresses of bytes, or of
    footage, that was decided on. to_compare: videos that the next run compares with earlier ones, for a run does so with a number
    of them. copies: what is a copy of something decided and waits for a person all the same. letters:
    what became of letters that went out. letters_late: those of which something is overdue. reports: those that the schedule
    had made or sent. waiting:
    matches that await a person, new or not. problems: in words, what could not be done; nothing else was lost by it. steps: what
    would help.
    """

    began_at: datetime = field(default_factory=now)
    sources: int = 0
    incomplete_sources: int = 0
    new_videos: int = 0
    captured: int = 0
    unchanged: int = 0
    not_captured: int = 0
    timestamped: int = 0
    not_timestamped: int = 0
    scanned: int = 0
    not_readable: int = 0
    in_part: int = 0
    not_again: int = 0
    new_matches: int = 0
    licences_changed: int = 0
    to_compare: int = 0
    waiting: int = 0
    gone: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    letters_late: int = 0
    problems: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
