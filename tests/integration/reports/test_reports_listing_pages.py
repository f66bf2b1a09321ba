"""A page that lists many videos is no use of its own, unless somebody publishes there whom no other page of its host names."""

from sqlmodel import Session

from crawler.pages import Statement
from crawler.types import SourceKind
from registry.licences import add_licence
from registry.subjects import Subject
from reports.matches import MatchStatus, apply_licences
from tests.support.recorded_matches import AT, a_match, a_video, record


def says(session: Session, video: str, page: str, uploader: str) -> None:
    made = {"first_seen_at": AT, "last_seen_at": AT, "said_by": SourceKind.PAGE, "own": True}
    session.add(Statement(id=f"{video}{page}", video_id=video, page_url=f"https://{page}", uploader=uploader, **made))


def licensed_to_ann(session: Session, other_author: str) -> MatchStatus:
    """How a match stands in a video that Ann, who has a licence, shows alone, and another page of her host beside a second."""
    session.add(a_video("v2"))
    session.flush()
    says(session, "v1", "clips.example/ann/1", "Ann")
    says(session, "v1", "clips.example/two", other_author)
    says(session, "v2", "clips.example/two", other_author)
    (match,) = record(session, a_match())
    add_licence(session, session.get_one(Subject, "s1"), "Ann", AT, uploader="Ann")
    apply_licences(session, AT)
    return match.status


def test_promise_3_a_front_page_takes_nothing_from_the_licence_of_a_post(session: Session) -> None:
    assert licensed_to_ann(session, "") is MatchStatus.LICENSED


def test_promise_3_what_another_publishes_beside_more_videos_is_not_covered(session: Session) -> None:
    assert licensed_to_ann(session, "Mallory") is MatchStatus.PENDING
