"""What holds a text, of all that the session sees: subjects, cases and matches, a few of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import literal, union_all
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, or_, select

from crawler.videos import Capture, Video
from registry.names import name_key
from registry.paging import MOST_COUNTED, Listed, Part, holding
from registry.references import SubjectLine, listed_subjects, numbered
from registry.subjects import NAMES, Subject, called
from reports.case_lines import CaseLine, listed_cases
from reports.cases import Case
from reports.match_briefs import MatchBrief, listed_briefs
from reports.matches import MatchRow
from reports.selection import SAID, Selection


@dataclass(frozen=True)
class Found:
    """Lines of each kind. more of each: MOST_COUNTED and one where there are more; of cases, one."""

    subjects: Listed[SubjectLine]
    cases: Listed[CaseLine]
    matches: Listed[MatchBrief]


def search(session: Session, text: str, limit: int) -> Found:
    """So many of each at most. What is said of videos is looked through once, and of a text that very many hold no further than
    to know that: which are shown of these is as they come."""
    part, most = Part(search=text, limit=limit, counted_to=MOST_COUNTED), MOST_COUNTED + limit
    # Whom a member's number stands for is shown, and not asked for matches, which say nothing of it.
    rows, key = session.exec(_subjects(text).limit(most)).all(), name_key(text)
    named = [row.id for row in rows if key in row.name_key or key in row.alias_keys]
    said, of_named = _videos(session, text, named, most)
    both = {*said, *of_named}
    # Of what nothing was found, nothing more is asked.
    among = Selection(among=tuple(sorted(both)[:most]))
    matches: Listed[MatchBrief] = listed_briefs(session, among, part) if both else Listed(())
    return Found(
        subjects=_subject_lines(session, rows, limit) if len(rows) < most else listed_subjects(session, part),
        cases=listed_cases(session, replace(part, counted_to=0), said=said if len(said) < most else None),
        matches=replace(matches, more=MOST_COUNTED + 1) if len(both) >= most else matches,
    )


def _subjects(text: str) -> Any:
    columns: tuple[Any, ...] = (Subject.id, Subject.name, *NAMES, Subject.erased_at)
    return sql_select(*columns).where(called(text) | col(Subject.id).in_(numbered(text)))


def _subject_lines(session: Session, rows: Sequence[Any], limit: int) -> Listed[SubjectLine]:
    """Of all that were found, by name, as many as are shown; all of them are counted already."""
    living = sorted((row.name, row.id) for row in rows if row.erased_at is None)
    shown = [key for _, key in living[:limit]]
    lines = listed_subjects(session, named=shown).rows if shown else ()
    return Listed(list(lines), len(living) - len(shown))


def _videos(session: Session, text: str, named: Sequence[str], most: int) -> tuple[list[str], list[str]]:
    """So many videos of which something is said that holds the text, and of those with a match of one of these subjects, in one
    statement."""
    matched = select(MatchRow.id).join(Capture, col(Capture.id) == MatchRow.capture_id).where(Capture.video_id == Video.id)
    own = or_(matched.exists(), select(Case.id).where(Case.video_id == Video.id).exists())
    said = sql_select(col(Video.id), literal(1)).where(holding(text, SAID), own).limit(most)
    queries = [said]
    if named:
        of_named = sql_select(col(Capture.video_id), literal(0)).join(MatchRow, col(MatchRow.capture_id) == Capture.id)
        queries.append(of_named.where(col(MatchRow.subject_id).in_(named)).distinct().limit(most))
    found = session.execute(union_all(*(sql_select(query.subquery()) for query in queries))).all()
    return [key for key, is_said in found if is_said], [key for key, is_said in found if not is_said]
