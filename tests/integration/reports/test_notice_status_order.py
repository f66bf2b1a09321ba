"""Letters under way: late ones first, then what is due first, wherever they are listed."""

from dataclasses import replace
from datetime import timedelta

from monitor.due_lines import due_lines
from registry.db import now
from registry.paging import WHOLE
from reports.notices.base import LetterTerms
from reports.notices.events import Event, add_event
from reports.notices.notice import find_notice
from reports.notices.status import status_lines
from tests.support.letters_desk import FULL, LettersDesk


def test_late_letters_come_first_then_what_is_due_first_then_what_has_no_time(desk: LettersDesk) -> None:
    letters = {}
    # The later ones are made first, so that the order of making is not the one that is asked for.
    for name, days in (("waits", 30), ("due later", 21), ("due soon", 9), ("late", 1), ("later still", 2)):
        notice, _ = desk.approve(desk.draft(terms=_by(days)).notice)
        letters[notice.id] = name
        if name != "waits":
            with desk.workspace.session() as session:
                add_event(session, find_notice(session, notice.id), Event.SENT, "C. Ounsel", now())
                session.commit()
    at = now() + timedelta(days=6)
    with desk.workspace.session() as session:
        listed = [letters[line.id] for line, _ in status_lines(session, WHOLE, at).rows]
        due = due_lines(desk.workspace, session, at, apply=False).letters
    assert listed == ["late", "later still", "due soon", "due later", "waits"]
    assert [(letters[line.id], line.late) for line in due] == [
        ("late", True),
        ("later still", True),
        ("due soon", False),
        ("due later", False),
    ]


def _by(days: int) -> LetterTerms:
    return replace(FULL, deadline=(now() + timedelta(days=days)).date())
