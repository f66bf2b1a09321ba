"""What is said of copies: which seconds are the same, how, and what a person decided of the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from crawler.videos import Capture, Video
from reports.families.kin import Kin, has_copies, kin_of
from reports.matches import MatchRow, MatchStatus
from reports.render.plain import day, span
from reports.review import Decision, latest_review
from reports.withheld import withheld_of


@dataclass(frozen=True)
class KinLine:
    """A match in a copy of the video. title, address: of the copy; status: its own. sure: whether the footage is the same for
    sure. said: which seconds are the same, and how. decided: what a person decided of it, in words; empty where nobody did."""

    id: str
    status: str
    title: str
    address: str
    sure: bool
    said: str
    decided: str


def kin_lines(session: Session, match: MatchRow) -> list[KinLine]:
    """Those that show the same in copies of the match's video, what was decided on first."""
    found = kin_of(session, match)
    hidden = withheld_of(session, [kin.match for kin in found])
    lines = [_undecided(line) if line.id in hidden else line for line in (_line(session, kin) for kin in found)]
    return sorted(lines, key=lambda line: (line.decided == "", not line.sure, line.address))


def copies_outside(session: Session, matches: Sequence[str]) -> list[KinLine]:
    """The matches in copies of these that are not among them: what waits for a decision, or has another."""
    copied = select(MatchRow).join(Capture, col(Capture.id) == MatchRow.capture_id).where(has_copies())
    rows = {row.id: row for row in session.exec(copied.where(col(MatchRow.id).in_(matches)))}
    found = {line.id: line for key in matches if key in rows for line in kin_lines(session, rows[key])}
    return [line for key, line in found.items() if key not in matches]


def _line(session: Session, kin: Kin) -> KinLine:
    video = session.get_one(Video, session.get_one(Capture, kin.match.capture_id).video_id)
    return KinLine(
        id=kin.match.id,
        status=kin.match.status.value,
        title=video.title,
        address=video.page_url or video.media_url,
        sure=kin.sure,
        said=how(kin),
        decided=_decided(session, kin),
    )


def _undecided(line: KinLine) -> KinLine:
    return replace(line, status=MatchStatus.PENDING.value, decided="")


def how(kin: Kin) -> str:
    """Which seconds are the same, and what is different."""
    link = kin.link
    copy, earlier = span(link.t_start, link.t_end), span(link.of_start, link.of_end)
    own, other = (earlier, copy) if kin.is_copy else (copy, earlier)
    ways = [
        *(["mirrored"] if link.mirrored else []),
        *(["backwards"] if link.speed < 0 else []),
        *([f"at {abs(link.speed):g} times the speed"] if abs(abs(link.speed) - 1) > 0.01 else []),
        *([] if link.whole else ["one of them shows other things, too"]),
    ]
    what = "is the same footage as" if kin.sure else "may be the same footage as"
    return ", ".join((f"{own} of this video {what} {other} of that one", *ways))


def _decided(session: Session, kin: Kin) -> str:
    last = latest_review(session, kin.match.id)
    if last is None or last.decision is Decision.REOPEN:
        return ""
    what = "A copy of the video" if kin.sure else "It may be a copy of the video"
    return f"{what} that {last.reviewer} decided on on {day(last.at)}: {last.decision.said}"
