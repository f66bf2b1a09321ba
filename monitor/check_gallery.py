"""The gallery of whoever may be asked about, in memory, and renewed when the registry changed."""

import time
from collections.abc import Sequence
from threading import Lock

from sqlmodel import Session, func, select

from matcher.types import Gallery, Recogniser
from monitor.recognisers import build_recognisers, prepare_packs, recogniser_spec
from monitor.runs.gallery import eligible, load_gallery
from monitor.workspace import Workspace
from registry.audit import AuditEntry
from registry.parties import Party

RENEWED_EVERY = 600.0
"""Seconds after which it is made anew, whatever changed: mandates begin by themselves. That one ended is asked of each find."""

CHANGES = (
    *("party", "subject", "reference", "template", "mandate", "legal_basis", "review", "member", "erasure"),
    *("subject_group", "subject_group_member"),
)
"""The tables whose changes may make it another one."""


class CheckGallery:
    """One for a server. Whoever looks holds it meanwhile: what recognises serves one at a time."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self.lock = workspace, Lock()
        self._recognisers: list[Recogniser] = []
        self._gallery = Gallery({}, ())
        self._seen: tuple[int, ...] | None = None
        self._made = 0.0

    def current(self, session: Session) -> tuple[Gallery, Sequence[Recogniser]]:
        """The gallery as the registry stands, and what looks with it; to be called with the lock held. Raises PackError."""
        if not self._recognisers:
            prepare_packs(self._workspace.settings, lambda _: None)
            self._recognisers = build_recognisers(recogniser_spec(self._workspace.settings))
        seen = _changed(session)
        if seen != self._seen or time.monotonic() - self._made > RENEWED_EVERY:
            self._gallery = self._loaded(session)
            self._seen, self._made = seen, time.monotonic()
        return self._gallery, self._recognisers

    def _loaded(self, session: Session) -> Gallery:
        asked = set(session.exec(select(Party.id).where(Party.checkable)))
        whole = load_gallery(session, self._recognisers, eligible(session, self._recognisers)) if asked else self._gallery
        subjects = {key: subject for key, subject in whole.subjects.items() if subject.party in asked}
        return Gallery(subjects, tuple(each for each in whole.templates if each.subject_id in subjects))


def _changed(session: Session) -> tuple[int, ...]:
    """The last entry of the log about each of CHANGES; each is the end of a range of an index."""
    last = (select(func.max(AuditEntry.seq)).where(AuditEntry.table_name == table) for table in CHANGES)
    return tuple(session.exec(query).one() or 0 for query in last)
