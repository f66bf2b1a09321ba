"""What this room made of a subject: on record before it is in its place, and found when the subject is erased."""

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import Path

from sqlmodel import Session, col, select

from crawler.videos import Capture
from registry.causes import of_system
from registry.counting import counted
from registry.documents import REPORTS, DocumentGone, is_beside, remove, root_of
from registry.errors import ExitCode
from registry.placing import put_in_place
from registry.staging import staging
from reports.errors import ReportsError
from reports.evidence.zipped import SUFFIX, UNZIPPED
from reports.matches import MatchRow
from reports.review import Review

_CASES = ("data/case.json", "case.json")
"""Where a bundle says what it is about, and where those of earlier versions do."""

_LARGEST_CASE = 64 << 20
"""Bytes of a case.json that is looked into; a zip may claim any size."""

_LEFT_BY_A_KILL = re.compile(r"/\.(case|notice|weekly)-[^/]+(/|$)")
"""How earlier versions named what they were about to finish, beside its place."""


class NotWritten(ReportsError):
    """A document that could not be brought to its place."""

    exit_code = ExitCode.OUTSIDE_CAUSE


def issue(
    session: Session, out_dir: Path, kind: str, match_ids: Iterable[str], at: datetime, write: Callable[[Path], None]
) -> list[Path]:
    """Make documents and bring them to out_dir, on record with the subjects of the matches in them. Returns their places.

    write: puts them, whole, into the empty folder that it is given, and may add rows, which are committed with the record
    before the documents get their places. Commits. A kill at any moment leaves nothing that erasing does not find.
    Raises NotWritten, StagingUnusable, DocumentGone, and what write raises.
    """
    wanted = set(match_ids)
    # Asked before it is written: an erasure meanwhile takes the matches away, and the document is then refused its place.
    shown = session.exec(select(MatchRow.id, MatchRow.subject_id).where(col(MatchRow.id).in_(wanted))).all()
    if len(shown) < len(wanted):
        raise DocumentGone(f"The {kind} shows somebody who was erased while it was made.", "Make it anew.")
    subjects = {subject for _, subject in shown}
    with staging(root_of(session)) as folder:
        write(folder)
        try:
            return put_in_place(session, folder, out_dir, kind, subjects, at)
        except OSError as error:
            cause = of_system(error)
            raise NotWritten(f"The {kind} could not be written to {out_dir}: {cause.why}.", cause.remedy) from error


def seek_bundles(places: Iterable[Path], subject_id: str) -> Iterator[Path]:
    """Bundles that name the subject, and whatever an earlier version left unfinished when it was killed: nobody reads that."""
    for place in places:
        if _LEFT_BY_A_KILL.search(str(place)) or _is_of(place, subject_id):
            yield place


def _is_of(place: Path, subject_id: str) -> bool:
    """Whether a bundle, in either of its forms, names the subject."""
    if place.suffix != SUFFIX:
        return any(_names(place / case, subject_id) for case in _CASES)
    try:
        with zipfile.ZipFile(place) as archive:
            wanted = [one for one in archive.infolist() if one.filename.endswith(_CASES) and one.file_size <= _LARGEST_CASE]
            return any(_names(zipfile.Path(archive, one.filename), subject_id) for one in wanted)
    except (OSError, *UNZIPPED):
        return False


def remove_unfinished(root: Path) -> None:
    """Remove what earlier versions left in the workspace's reports when they were killed."""
    reports = root / REPORTS
    for place in reports.iterdir() if reports.is_dir() else ():
        if _LEFT_BY_A_KILL.fullmatch(f"/{place.name}") and not is_beside(place):
            remove(place)


def _names(case: Traversable, subject_id: str) -> bool:
    try:
        said = json.loads(case.read_bytes())
        return any(subject["id"] == subject_id for subject in said["subjects"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, zipfile.BadZipFile):
        return False


def kept_reviews(session: Session, subject_id: str) -> list[str]:
    """What stays of matches that a person judged: the decisions, and the public videos they are about."""
    matches = select(MatchRow.id).where(MatchRow.subject_id == subject_id)
    reviews = session.exec(select(Review.id).where(col(Review.match_id).in_(matches))).all()
    captures = session.exec(
        select(Capture.id).where(col(Capture.id).in_(select(MatchRow.capture_id).where(MatchRow.subject_id == subject_id)))
    )
    lines = []
    if reviews:
        decisions = counted(len(reviews), "decision")
        lines.append(f"{decisions} by people, without what they wrote and without boxes: accountability (GDPR Art. 5(2))")
    if held := len(captures.all()):
        lines.append(f"{counted(held, 'capture')} of public videos, not made from the subject's references (GDPR Art. 17(3)(e))")
    return lines
