"""What holds a text, of all that the session sees: subjects, cases and matches, a few of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.videos import Capture, Video
from registry.names import name_key
from registry.paging import MOST_COUNTED, Listed, Part, holding
from registry.references import SubjectLine, listed_subjects, numbered
from registry.subjects import Subject
from reports.case_lines import CaseLine, listed_cases
from reports.cases import Case
from reports.match_briefs import MatchBrief, listed_briefs
from reports.matches import MatchRow
from reports.selection import SAID, Selection


@dataclass(frozen=True)
class Found:
    """Lines of each kind. more of each: MOST_COUNTED and one where there are more."""

    subjects: Listed[SubjectLine]
    cases: Listed[CaseLine]
    matches: Listed[MatchBrief]


def search(session: Session, text: str, limit: int) -> Found:
    """So many of each at most. What is said of videos is looked through once, and of a text that very many hold no further than
    to know that: which are shown of these is as they come."""
    part, most = Part(search=text, limit=limit, counted_to=MOST_COUNTED), MOST_COUNTED + limit
    matched = select(MatchRow.id).join(Capture, col(Capture.id) == MatchRow.capture_id).where(Capture.video_id == Video.id)
    own = or_(matched.exists(), select(Case.id).where(Case.video_id == Video.id).exists())
    said = _first(session, select(Video.id).where(holding(text, SAID), own), most)
    # Whom a member's number stands for is shown, and not asked for matches, which say nothing of numbers.
    called = holding(text, (Subject.name_key,)) | col(Subject.id).in_(numbered(text))
    subjects = dict(session.exec(select(Subject.id, Subject.name_key).where(called).limit(most)).all())
    named = [key for key, name in subjects.items() if name_key(text) in name]
    of_named = select(Capture.video_id).join(MatchRow, col(MatchRow.capture_id) == Capture.id).distinct()
    both = {*said, *(_first(session, of_named.where(col(MatchRow.subject_id).in_(named)), most) if named else ())}
    # Of what nothing was found, nothing more is asked.
    among = Selection(among=tuple(sorted(both)[:most]))
    matches: Listed[MatchBrief] = listed_briefs(session, among, part) if both else Listed(())
    held = sorted(subjects) if len(subjects) < most else None
    return Found(
        subjects=listed_subjects(session, part, named=held) if subjects else Listed(()),
        cases=listed_cases(session, part, said=said if len(said) < most else None),
        matches=replace(matches, more=MOST_COUNTED + 1) if len(both) >= most else matches,
    )


def _first(session: Session, query: SelectOfScalar[str], most: int) -> Sequence[str]:
    return session.exec(query.limit(most)).all()
