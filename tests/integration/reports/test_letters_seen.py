"""A letter says what was just seen: over a real network, with files that go, change, come back and stand at several addresses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from crawler.availability import LISTED, Address, LookFinding, LookOutcome, note_look
from crawler.types import TakenBy
from crawler.videos import Capture, Video
from monitor.workspace import open_workspace
from registry.actions import Action, Step
from registry.db import now
from reports.errors import NoticeRefused
from reports.evidence import seal
from reports.issuing import issue_bundle
from reports.notices.drafts import draft_notice
from reports.notices.publicity import CeaseAndDesist
from reports.notices.stored import letter_of
from reports.review import Decision
from reports.signing.key_file import signing_key
from tests.support.letters_desk import FULL, LettersDesk, part_of, prepare, text_of
from tests.support.loopback_site import Answer, Site

USE, GONE = "The use complained of", "Addresses at which it was not seen any more"


def test_a_letter_names_the_address_the_page_and_the_moment_of_the_look(desk: LettersDesk) -> None:
    before = now()
    made = desk.draft()
    use = part_of(letter_of(made.notice), USE)
    stamps = {f"{at.day} {at:%B %Y, %H:%M} UTC" for at in (before, now())}
    sentences = {
        f"On {stamp} the video (same bytes, by their SHA-256) was at {desk.site.url('/media/clip.mp4')}, "
        f"and the page {desk.site.url('/post')} showed it."
        for stamp in stamps
    }
    assert any(sentence in use for sentence in sentences), use
    assert "available to the public" not in text_of(letter_of(made.notice))
    assert part_of(letter_of(made.notice), GONE).strip() == ""


def test_confirmed_then_removed_no_letter_then_restored_a_letter(desk: LettersDesk) -> None:
    kept = desk.site.routes.pop("/media/clip.mp4")
    with pytest.raises(
        NoticeRefused, match=r"at no address of the case now.*clip\.mp4: .* it was gone: .*answered 404"
    ) as refused:
        desk.draft()
    assert Step(Action.EXPORT_EVIDENCE) in refused.value.steps
    assert desk.notices() == []
    desk.site.routes["/media/clip.mp4"] = kept
    assert desk.draft().notice.state == "draft"


def test_a_file_whose_bytes_were_replaced_makes_no_letter(desk: LettersDesk) -> None:
    desk.site.routes["/media/clip.mp4"] = Answer(desk.other, "video/mp4")
    with pytest.raises(NoticeRefused, match="it was replaced: other bytes stand there, with the SHA-256"):
        desk.draft()


def test_replaced_bytes_are_found_out_where_the_site_says_that_they_are_unchanged(tmp_path: Path, site: Site) -> None:
    prepare(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        desk = LettersDesk(workspace, site, tmp_path)
        site.routes["/media/clip.mp4"] = Answer(desk.clip, "video/mp4", etag='"v1"')
        desk.post("/post")
        desk.decide(desk.capture())
        assert "same bytes, by their SHA-256" in part_of(desk.letter(), USE)
        site.routes["/media/clip.mp4"] = Answer(desk.other, "video/mp4", etag='"v1"')
        with pytest.raises(NoticeRefused, match="it was replaced"):
            desk.draft()


@pytest.mark.parametrize("status", [503, 403, 429])
def test_not_reachable_is_not_gone_and_makes_no_letter(desk: LettersDesk, status: int) -> None:
    desk.site.routes["/media/clip.mp4"] = Answer(status=status)
    with pytest.raises(NoticeRefused, match="could not be reached, which does not mean that it is gone") as refused:
        desk.draft()
    assert "it was gone" not in refused.value.what


def test_a_deleted_page_is_said_apart_and_the_file_that_is_there_is_named(desk: LettersDesk) -> None:
    del desk.site.routes["/post"]
    letter = desk.letter()
    assert desk.site.url("/media/clip.mp4") in part_of(letter, USE)
    assert desk.site.url("/post") not in part_of(letter, USE)
    assert f"Page: {desk.site.url('/post')}" in part_of(letter, GONE)
    assert "it did not show it any more" in part_of(letter, GONE)


def test_two_posts_with_one_file_are_both_in_the_letter_with_their_own_words(desk: LettersDesk) -> None:
    published = datetime(2026, 11, 3, 10, tzinfo=UTC)
    desk.post("/second", title="Second post", uploader="Bargain Bin", published_at=published)
    use = part_of(desk.letter(), USE)
    assert f"the pages {desk.site.url('/post')} and {desk.site.url('/second')} showed it" in use
    second = use.partition(f"Page: {desk.site.url('/second')}")[2]
    assert second.splitlines()[1:4] == [
        "Title: Second post",
        "Author: Bargain Bin",
        "Published: 3 November 2026, as the page states",
    ]
    first = use.partition(f"Page: {desk.site.url('/post')}")[2]
    assert first.splitlines()[1:4] == ["Title: A post", "Author: not stated", "Published: not stated"]


def test_a_second_address_of_the_same_bytes_is_in_the_letter_and_the_appearance_once(desk: LettersDesk) -> None:
    desk.post("/reupload", "/media/again.mp4", title="Again")
    desk.capture("/media/again.mp4")
    letter = desk.letter()
    use = part_of(letter, USE)
    assert f"was at {desk.site.url('/media/clip.mp4')}" in use
    assert f"was at {desk.site.url('/media/again.mp4')}" in use
    assert use.count("Mascot: ") == 1
    assert "Found later: this address was found on" in use
    assert len(letter.stills) == 1
    del desk.site.routes["/media/clip.mp4"]
    letter = desk.letter()
    assert f"was at {desk.site.url('/media/clip.mp4')}" not in part_of(letter, USE)
    assert f"Video: {desk.site.url('/media/clip.mp4')}" in part_of(letter, GONE)


def test_an_address_that_could_not_be_reached_is_said_apart_beside_one_that_was_seen(desk: LettersDesk) -> None:
    desk.post("/reupload", "/media/again.mp4", title="Again")
    desk.capture("/media/again.mp4")
    desk.site.routes["/media/again.mp4"] = Answer(status=503)
    letter = desk.letter()
    assert desk.site.url("/media/again.mp4") not in part_of(letter, USE)
    assert f"Video: {desk.site.url('/media/again.mp4')}" in part_of(letter, GONE)
    assert "could not be reached, which does not mean that it is gone" in part_of(letter, GONE)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(b"<h1>Sorry, page not found</h1>"), "it did not show it any more"),
        (Answer(status=302, headers={"Location": "/"}), "it did not show it any more"),
        (Answer(status=500), "it could not be reached, which does not mean that it is gone"),
    ],
)
def test_a_page_that_answers_otherwise_is_not_said_to_show_it(desk: LettersDesk, answer: Answer, outcome: str) -> None:
    desk.site.page("/", "<h1>Welcome</h1>")
    desk.site.routes["/post"] = answer
    letter = desk.letter()
    assert desk.site.url("/post") not in part_of(letter, USE)
    assert outcome in part_of(letter, GONE)


def test_the_sealed_bundle_is_named_by_the_digest_of_its_list(desk: LettersDesk) -> None:
    assert "Evidence bundle" not in text_of(desk.letter())
    with desk.workspace.session() as session:
        key = signing_key(desk.workspace.keys)
        place = issue_bundle(session, desk.workspace.vault, desk.case(session), desk.out, key)
        session.commit()
    evidence = part_of(desk.letter(), "Evidence and enclosures")
    assert f"Evidence bundle: {place.name}, sealed on" in evidence
    assert f"List of its digests: {seal.digest(place / seal.BAG.signed)}" in evidence


def test_a_dropped_file_has_no_address_and_makes_no_letter(desk: LettersDesk) -> None:
    with desk.workspace.session() as session:
        video = session.exec(select(Video)).one()
        video.via, video.page_url = TakenBy.FILE, "file:///home/somebody/clip.mp4"
        session.add(video)
        session.commit()
    with pytest.raises(NoticeRefused, match="handed in as a file and has no public address"):
        desk.draft()


def test_other_confirmed_bytes_in_the_place_of_the_first_are_what_the_letter_is_about(desk: LettersDesk) -> None:
    first = desk.draft().notice.stated["looks"][0]["media_sha256"]
    desk.site.routes["/media/clip.mp4"] = Answer(desk.other, "video/mp4")
    desk.decide(desk.capture(), reason="ours as well")
    made = desk.draft()
    letter = letter_of(made.notice)
    (still,) = letter.stills
    assert still.media_sha256 != first
    assert (first in part_of(letter, USE), still.media_sha256 in part_of(letter, USE)) == (False, True)
    assert f"with the SHA-256 {first}" in part_of(letter, GONE)
    assert "it was replaced" in part_of(letter, GONE)
    assert desk.site.url("/post") not in part_of(letter, GONE)


def test_a_page_whose_video_went_is_said_to_be_there_without_it(desk: LettersDesk) -> None:
    desk.post("/reupload", "/media/again.mp4", title="Again")
    desk.capture("/media/again.mp4")
    del desk.site.routes["/media/again.mp4"]
    letter = desk.letter()
    assert desk.site.url("/reupload") not in part_of(letter, USE)
    after = part_of(letter, GONE).partition(f"Page: {desk.site.url('/reupload')}")[2]
    assert "the page was there; the video that it shows was not" in after


@pytest.mark.parametrize(
    ("via", "said"),
    [(TakenBy.YTDLP, "was listed by the platform at"), (TakenBy.HTTP, "the playlist of the video was at")],
)
def test_what_is_only_listed_is_not_said_to_be_the_same_bytes(desk: LettersDesk, via: TakenBy, said: str) -> None:
    with desk.workspace.session() as session:
        video, vault = session.exec(select(Video)).one(), desk.workspace.vault
        video_id, video.via = video.id, via
        session.add(video)
        media = desk.site.url("/media/clip.mp4")
        note_look(session, video_id, Address.MEDIA, media, LookFinding(LookOutcome.SEEN, LISTED), now())
        note_look(session, video_id, Address.PAGE, desk.site.url("/post"), LookFinding(LookOutcome.SEEN), now())
        notice = draft_notice(session, vault, desk.case(session), CeaseAndDesist(), FULL, "C. Ounsel", now()).notice
        use = part_of(letter_of(notice), USE)
    assert said in use
    assert "were not compared" in use
    assert "same bytes" not in use


def test_a_look_of_an_hour_ago_is_no_ground(desk: LettersDesk) -> None:
    desk.draft()
    with desk.workspace.session() as session:
        case, later = desk.case(session), now() + timedelta(hours=1)
        with pytest.raises(NoticeRefused, match="was not looked at in the last minutes"):
            draft_notice(session, desk.workspace.vault, case, CeaseAndDesist(), FULL, "C. Ounsel", later)


def test_the_drafter_is_told_of_contrary_decisions_and_the_letter_rests_on_the_last(desk: LettersDesk) -> None:
    (match_id,) = desk.draft().notice.match_ids
    desk.decide(match_id, Decision.REJECT, "a look-alike", by="F. Irst")
    desk.decide(match_id, Decision.CONFIRM, "the ears are ours", by="S. Econd")
    made = desk.draft()
    assert [warning for warning in made.warnings if "rejected by F. Irst" in warning and "a look-alike" in warning]
    assert all("confirmation of" in warning and "the ears are ours" in warning for warning in made.warnings)
    text = text_of(letter_of(made.notice))
    assert "confirmed by S. Econd" in text
    assert "F. Irst" not in text


def test_the_enclosed_stills_are_those_that_the_letter_lists(desk: LettersDesk) -> None:
    made = desk.draft()
    letter, folder = letter_of(made.notice), made.written.enclosures
    (still,) = letter.stills
    listed, bad = seal.read_sums((folder / seal.SUMS).read_bytes())
    assert (listed, bad) == ({still.name: still.sha256, still.marked_name: still.marked_sha256}, [])
    assert listed == seal.digests_of(folder, listed)
    evidence = part_of(letter, "Evidence and enclosures")
    assert f"As captured: {still.name}, {still.sha256}" in evidence
    with desk.workspace.session() as session:
        capture = session.exec(select(Capture).order_by(col(Capture.captured_at))).first()
        assert capture is not None
    assert capture.media_sha256 in evidence
    assert capture.manifest_sha256 in evidence
