"""Who asks what is held of them finds every match of theirs, what it shows, who decided and why, and who got a letter."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from monitor.privacy_export import export_subject
from monitor.workspace import open_workspace
from registry.db import now
from registry.kinds import Modality, SampleKind, SubjectKind
from registry.licences import add_licence
from registry.mandates import add_mandate
from registry.parties import Party
from registry.references import add_reference
from registry.subjects import add_subject, find_subject
from reports.review import Decision
from tests.support.drawn_clips import Picture, figure, pan, scene
from tests.support.letters_desk import LettersDesk, prepare
from tests.support.loopback_site import Answer, Site

NAME, OTHER = "Ada Byron", "Bo Stays"


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Iterator[LettersDesk]:
    prepare(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        made = LettersDesk(workspace, site, tmp_path)
        with workspace.session() as session:
            party = session.get_one(Party, find_subject(session, "Mascot").party_id)
            for name in (OTHER, NAME):
                person = add_subject(session, party, name, SubjectKind.PERSON)
                document = b"I authorise the studio to act for me. " * 4
                starts = datetime(2026, 1, 1, tzinfo=UTC)
                add_mandate(session, workspace.vault, person, document, verified_by="R. Reader", starts_at=starts)
            session.commit()
            made.subject_id = person.id
        yield made


def exported(desk: LettersDesk, place: Path) -> dict[str, object]:
    with desk.workspace.session() as session:
        export_subject(desk.workspace, session, desk.subject(session), place, now())
    told: dict[str, object] = json.loads((place / "data.json").read_text("utf-8"))
    return told


def test_every_match_with_its_still_its_decision_and_the_letter(desk: LettersDesk, tmp_path: Path) -> None:
    desk.site.routes["/media/other.mp4"] = Answer(desk.other, "video/mp4")
    pages = [desk.post("/first", title="A shoe advertisement"), desk.post("/second", "/media/other.mp4", title="A vlog")]
    first, second = desk.capture(), desk.capture("/media/other.mp4")
    desk.decide(first, reason=f"It is she, beside {OTHER}.")
    desk.decide(second, Decision.REJECT, reason="Her sister.")
    notice = desk.draft().notice
    told = exported(desk, tmp_path / "handed")
    page = (tmp_path / "handed" / "index.html").read_text("utf-8")
    matches = {row["id"]: row for row in told["matches"]}  # type: ignore[attr-defined]
    assert set(matches) == {first, second}
    for key, title, address, decision, reason in (
        (first, "A shoe advertisement", pages[0], "confirmed", "It is she, beside (another person)."),
        (second, "A vlog", pages[1], "rejected", "Her sister."),
    ):
        row = matches[key]
        assert (row["title"], row["pages"]) == (title, [address])
        (made,) = row["decisions"]
        assert (made["decision"], made["by"], made["reason"]) == (decision, "a reviewer of Studio", reason)
        assert all(word in page for word in (title, address, f"{decision} by a reviewer of Studio on {made['on']}", reason))
    assert OTHER not in page
    (letter,) = told["letters"]  # type: ignore[misc]
    assert (letter["to"], letter["state"], letter["matches"]) == (["Tube Hosting", "abuse@tube.example"], notice.state, [first])
    assert "Tube Hosting, abuse@tube.example" in page


def test_a_still_shows_what_was_seen_there_and_then(desk: LettersDesk, tmp_path: Path) -> None:
    desk.post("/first")
    match = desk.capture()
    exported(desk, tmp_path / "handed")
    seen = cv2.imread(str(tmp_path / "handed" / "stills" / f"{match}.jpg"))
    assert seen is not None
    shows = {name: _likeness(seen, frame) for name, frame in (("hers", _frame(1, 2)), ("another's", _frame(3, 4)))}
    assert shows["hers"] > 0.9 > shows["another's"] + 0.3, shows


def _frame(seed: int, background: int) -> Picture:
    return list(pan(figure(seed), scene(background)))[8]


def _likeness(still: Picture, frame: Picture) -> float:
    """How well the still is found anywhere in the frame, at the size that it has there."""
    best = 0.0
    for width in range(190, 321, 10):
        height = round(still.shape[0] * width / still.shape[1])
        if height <= frame.shape[0]:
            small = cv2.resize(still, (width, height), interpolation=cv2.INTER_AREA)
            best = max(best, float(cv2.matchTemplate(frame, small, cv2.TM_CCOEFF_NORMED).max()))
    return best


def test_recordings_and_licences_are_told_with_what_they_are_of(desk: LettersDesk, tmp_path: Path) -> None:
    with desk.workspace.session() as session:
        person = desk.subject(session)
        vault, sound = desk.workspace.vault, b"RIFF" * 50
        add_reference(session, vault, person, sound, file_name="day.wav", kind=SampleKind.RECORDING)
        for modality in (None, Modality.VOICE):
            add_licence(session, person, "Tube Inc.", now(), modality=modality)
        session.commit()
    told = exported(desk, tmp_path / "handed")
    page = " ".join((tmp_path / "handed" / "index.html").read_text("utf-8").split())
    assert "recording" in [row["kind"] for row in told["photos"]]  # type: ignore[attr-defined]
    assert {row["covers"] for row in told["licences"]} == {"everything but the voice", "voice"}  # type: ignore[attr-defined]
    for words in ("recording: <a", "faces and voices are compared", "for everything but the voice, from", "for voice, from"):
        assert words in page, words
