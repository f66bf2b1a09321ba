"""Whether a case still is what its last bundle says: also where an earlier version made that."""

from dataclasses import replace
from datetime import UTC, datetime

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.availability import LISTED, VOUCHED, Availability, Look, LookOutcome, State
from crawler.availability import Address as LookedAt
from crawler.pages import PageOfVideo
from crawler.videos import Capture, Video
from registry.kinds import Modality, PartyKind, SubjectKind
from registry.parties import Party
from registry.subjects import Subject
from reports.addresses import Address, PageSeen
from reports.cases import Case, ConfirmedMatch
from reports.evidence.contents import CaseFile, matches_json
from reports.evidence.unchanged import contents_digest, is_said_by
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)

BEFORE_RATIOS = "15fac555a926e6936d5e61e9f8d3c04ebaab2779ed9ad9bb061608d2e4fb8e33"
"""The digest of a_case() as the last version made it that knew no likelihood ratios, commit 89eb845."""


def a_match(**more: float) -> ConfirmedMatch:
    row = MatchRow(
        id="m1",
        capture_id="c1",
        subject_id="s1",
        reference_id="r1",
        modality=Modality.FACE,
        t_start=1.0,
        t_end=4.5,
        best_t=2.0,
        best_x1=10.0,
        best_y1=20.0,
        best_x2=110.0,
        best_y2=140.0,
        boxes=[[1.0, 10.0, 20.0, 110.0, 140.0]],
        score=0.81,
        threshold=0.4,
        margin=0.3,
        expected_false_matches=0.02,
        encoder="enc",
        pack="open",
        reasons=["alike"],
        status=MatchStatus.CONFIRMED,
        found_at=AT,
        **more,
    )
    return ConfirmedMatch(row, a_review())


def a_review() -> Review:
    return Review(id=1, match_id="m1", decision=Decision.CONFIRM, reviewer="R. Iyer", reason="it is her", at=AT)


def a_case(match: ConfirmedMatch) -> CaseFile:
    capture = Capture(id="c1", video_id="v1", captured_at=AT, media_sha256="0" * 64, media_size=1, media_type="video/mp4")
    capture.final_url, capture.manifest_sha256 = "https://cdn.example/v.mp4", "1" * 64
    return CaseFile(
        case=Case(id="case1", party_id="p1", video_id="v1", opened_at=AT),
        party=Party(id="p1", name="Guild of Players", kind=PartyKind.UNION),
        video=Video(id="v1", media_url="https://cdn.example/v.mp4", title="A clip", first_seen_at=AT),
        subjects={"s1": Subject(id="s1", party_id="p1", name="Ada Example", kind=SubjectKind.PERSON)},
        captures=[capture],
        addresses=[],
        matches=[match],
        references={},
        labels={"c1": []},
        scans={"c1": []},
        reviews={"m1": [a_review()]},
        copies=[],
        timestamps={"c1": []},
        rights={"mandates": []},
    )


def test_a_bundle_from_before_likelihood_ratios_still_says_what_is_on_record() -> None:
    held = a_case(a_match())
    assert contents_digest(held) == BEFORE_RATIOS
    assert matches_json(held, {})["matches"][0]["likelihood_ratio"] is None


def test_a_ratio_is_part_of_what_a_bundle_says() -> None:
    weighed = a_case(a_match(likelihood_ratio=64.0, ratio_least=0.0034, ratio_most=90.0))
    other = a_case(a_match(likelihood_ratio=63.0, ratio_least=0.0034, ratio_most=90.0))
    assert len({contents_digest(each) for each in (weighed, other, a_case(a_match()))}) == 3


def test_what_changes_in_a_case_changes_its_digest() -> None:
    held = a_case(a_match())
    assert contents_digest(replace(held, rights={"mandates": ["another"]})) != BEFORE_RATIOS


def looked_at(state: State, *, look: LookOutcome | None, why: str = "") -> CaseFile:
    held = a_case(a_match())
    page = PageOfVideo("https://site.example/watch", "A clip", "", "somebody", None, None, AT, AT)
    seen = None if look is None else Look(video_id="v1", address=LookedAt.PAGE, url=page.url, outcome=look, first_at=AT, at=AT)
    address = Address(held.video, held.captures[0], Availability(state, AT, AT, AT, why), (PageSeen(page, seen),))
    return replace(held, addresses=[address])


def test_that_it_was_seen_again_where_it_was_captured_is_no_change() -> None:
    before = looked_at(State.NOT_LOOKED, look=None)
    made = contents_digest(before)
    assert is_said_by(looked_at(State.SEEN, look=LookOutcome.SEEN), made)
    for changed in (looked_at(State.GONE, look=LookOutcome.SEEN), looked_at(State.SEEN, look=LookOutcome.GONE)):
        assert not is_said_by(changed, made)
    assert not is_said_by(before, None)
    assert is_said_by(looked_at(State.SEEN, look=LookOutcome.SEEN, why=VOUCHED), made)
    assert not is_said_by(looked_at(State.SEEN, look=LookOutcome.SEEN, why=LISTED), made)
