"""What is said of a match wherever matches are listed: to people, as JSON, and to whoever decides."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Any

from sqlmodel import Session

from crawler.videos import Video, videos_of_captures
from matcher.bands import band
from registry.db import now
from registry.kinds import Modality
from registry.licences import Permission
from registry.paging import Listed, Part
from registry.standing import Standing, standings_of
from registry.subjects import Subject, subjects_of
from reports.case_lines import CaseLine, case_line, find_case
from reports.cases import case_matches
from reports.character_claims import contested, is_rivalled, may_be_contested
from reports.matches import MatchRow, MatchStatus, overdue, status_under
from reports.render.plain import weight
from reports.selection import Selection, listed_matches, select_matches
from reports.stretches import stretches
from reports.withheld import withheld_of

FIRST, AT_ONCE = 50, 500
"""Matches that are read together: few at first, so that the first line need not wait for so many others."""

NOTHING_OVERDUE: Mapping[str, Permission] = {}
GONE = "the subject is not on record any more"


@dataclass(frozen=True)
class MatchLine:
    """A match with what is said of its video and its subject.

    from_, to, best: seconds of the media. places: [[from, to], ...] in seconds, where there are several;
    stretches: which seconds of which reference each of them shows, where that has a length. score, threshold,
    margin: likenesses. band: in words, how sure. false_per_1000: expected false matches in a thousand videos. weight: its
    likelihood ratio in words with the two propositions and the bound, or why there is none. video: its id.
    mandate: what stands against acting for the subject now, or where alone that is allowed; empty where nothing does.
    conflict: that another party claims the same right; empty where none does.
    """

    id: str
    status: str
    subject: str | None
    subject_id: str
    modality: str
    from_: float
    to: float
    best: float
    track: int
    places: list[list[float]]
    stretches: list[dict[str, Any]]
    score: float
    threshold: float
    margin: float
    band: str
    false_per_1000: float
    likelihood_ratio: float | None
    weight: str
    encoder: str
    pack: str
    reasons: list[str]
    permission: str
    mandate: str
    conflict: str
    capture_id: str
    video: str
    title: str
    uploader: str
    page_url: str | None
    media_url: str


def line_of(session: Session, row: MatchRow, video: Video, subject: Subject, standing: Standing) -> MatchLine:
    """The line of one match whose video, subject and standing in its modality were read already."""
    about, rivalled = (row.subject_id, row.modality), is_rivalled(session, subject)
    conflict = contested(session, row.subject_id, row.modality, now()) if rivalled else ""
    return _line(row, video, subject, {about: _said(standing)}, {about: conflict})


def match_line(session: Session, row: MatchRow) -> MatchLine:
    (line,) = match_lines(session, [row])
    return line


def match_lines(
    session: Session, rows: Iterable[MatchRow], permitted: Mapping[str, Permission] = NOTHING_OVERDUE
) -> list[MatchLine]:
    """The lines of matches, in their order, with a few statements for all; of what is withheld from whoever has the session, as
    before anybody decided.

    permitted: of those that stand otherwise than on record.
    """
    held = list(rows)
    hidden = withheld_of(session, held)
    videos = videos_of_captures(session, {row.capture_id for row in held})
    subjects, mandates = _standings(session, held)
    conflicts = _conflicts(session, held)
    lines = [_line(row, videos[row.capture_id], subjects.get(row.subject_id), mandates, conflicts) for row in held]
    lines = [_as_permitted(line, permitted[line.id]) if line.id in permitted else line for line in lines]
    return [undecided(line) if line.id in hidden else line for line in lines]


def undecided(line: MatchLine) -> MatchLine:
    """The line as it was before anybody decided."""
    return replace(line, status=MatchStatus.PENDING.value, permission="")


def _as_permitted(line: MatchLine, verdict: Permission) -> MatchLine:
    return replace(line, status=status_under(verdict).value, permission=verdict.reason)


def as_of_now(session: Session, wanted: Selection) -> tuple[Selection, Mapping[str, Permission]]:
    """The selection of matches as licences and allow-list have them now; the record follows at the next change."""
    permitted = overdue(session, now())
    return replace(wanted, otherwise={key: status_under(verdict) for key, verdict in permitted.items()}), permitted


def chosen_lines(session: Session, wanted: Selection) -> list[MatchLine]:
    """The matches of a selection as they stand now, as whoever decides is to see them. Raises NotFound as select_matches does."""
    chosen, permitted = as_of_now(session, wanted)
    return match_lines(session, select_matches(session, chosen), permitted)


def listed_lines(session: Session, wanted: Selection, part: Part) -> Listed[MatchLine]:
    """The matches of a selection as lines, as they stand now, read in batches as they are taken; see listed_matches."""
    chosen, permitted = as_of_now(session, wanted)
    found = listed_matches(session, chosen, part)
    return Listed(_in_batches(session, iter(found.rows), permitted), found.more)


def _in_batches(
    session: Session, rows: Iterator[tuple[MatchRow, str]], permitted: Mapping[str, Permission]
) -> Iterator[tuple[MatchLine, str]]:
    for number in count():
        if not (some := list(islice(rows, AT_ONCE if number else FIRST))):
            return
        lines = match_lines(session, [row for row, _ in some], permitted)
        yield from zip(lines, [cursor for _, cursor in some], strict=True)


def shown_case(session: Session, case_id: str) -> tuple[CaseLine, list[MatchLine]]:
    """A case by its id or the first digits of one, and its matches in order of time. Raises NotFound."""
    found = find_case(session, case_id)
    return case_line(session, found), match_lines(session, case_matches(session, found))


def _line(
    row: MatchRow,
    video: Video,
    subject: Subject | None,
    mandates: Mapping[tuple[str, Modality], str],
    conflicts: Mapping[tuple[str, Modality], str],
) -> MatchLine:
    about = row.subject_id, row.modality
    return MatchLine(
        id=row.id,
        status=row.status.value,
        subject=subject.name if subject else None,
        subject_id=row.subject_id,
        modality=row.modality.value,
        from_=round(row.t_start, 2),
        to=round(row.t_end, 2),
        best=round(row.best_t, 2),
        track=row.track,
        places=row.spans,
        stretches=stretches(row.spans, row.reference_parts),
        score=round(row.score, 3),
        threshold=round(row.threshold, 3),
        margin=round(row.margin, 3),
        **_sure(row),
        encoder=row.encoder,
        pack=row.pack,
        reasons=row.reasons,
        permission=row.permission_reason,
        mandate=mandates.get(about, GONE),
        conflict=conflicts.get(about, ""),
        capture_id=row.capture_id,
        video=video.id,
        title=video.title,
        uploader=video.uploader,
        page_url=video.page_url,
        media_url=video.media_url,
    )


def _sure(row: MatchRow) -> dict[str, Any]:
    """How sure a match is, in figures and in words."""
    return {
        "band": band(row.expected_false_matches),
        "false_per_1000": float(f"{row.expected_false_matches:.3g}"),
        "likelihood_ratio": None if row.likelihood_ratio is None else float(f"{row.likelihood_ratio:.3g}"),
        "weight": weight(row.likelihood_ratio, row.ratio_most, row.reasons),
    }


def _standings(session: Session, rows: Sequence[MatchRow]) -> tuple[Mapping[str, Subject], Mapping[tuple[str, Modality], str]]:
    """The subjects of matches by id, and what stands against acting for them in a modality, in a few statements for all."""
    at, subjects = now(), subjects_of(session, {row.subject_id for row in rows})
    said: dict[tuple[str, Modality], str] = {}
    for modality in {row.modality for row in rows}:
        wanted = [subjects[key] for key in {row.subject_id for row in rows if row.modality is modality} & subjects.keys()]
        for subject_id, found in standings_of(session, wanted, at, modality).items():
            said[subject_id, modality] = _said(found)
    return subjects, said


def _said(found: Standing) -> str:
    return found.reach if found.allowed else found.reason


def _conflicts(session: Session, rows: Sequence[MatchRow]) -> Mapping[tuple[str, Modality], str]:
    rivalled = may_be_contested(session)
    wanted = {(row.subject_id, row.modality) for row in rows if row.subject_id in rivalled}
    return {(subject_id, modality): contested(session, subject_id, modality, now()) for subject_id, modality in wanted}
