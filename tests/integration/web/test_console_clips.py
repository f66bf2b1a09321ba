"""The queue shows a match of footage beside the protected picture of the same second, and what is heard without a box."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlmodel import Session, select

from crawler.videos import Video
from matcher.scan import scan
from matcher.types import Appearance, Match, ScanResult
from monitor.enrolment import enrol_file
from monitor.recognisers import build_recognisers, recogniser_spec
from monitor.runs.gallery import load_gallery
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.kinds import Modality, PartyKind, SampleKind, SubjectKind
from registry.mandates import declare_own
from registry.parties import add_party
from registry.references import add_reference
from registry.subjects import add_subject
from reports.matches import MatchRow
from reports.recording import record_scan
from tests.support.console import Console, served
from tests.support.drawn_clips import RATE, encode
from tests.support.evidence_desk import AT, a_capture
from tests.support.films import film
from tests.support.mandated import a_mandate
from tests.support.watched_site import SETTINGS


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("clips")
    init_workspace(folder / "work")
    (folder / "work" / "semblance.toml").write_text(SETTINGS, encoding="utf-8")
    with open_workspace(folder / "work") as workspace:
        with workspace.session() as session:
            furnish(workspace, session, folder)
            session.commit()
        with served(workspace) as console:
            yield console


def furnish(workspace: Workspace, session: Session, folder: Path) -> None:
    """A clip and a voice, each found in one captured video."""
    studio = add_party(session, "Studio", PartyKind.STUDIO)
    trailer = add_subject(session, studio, "The Trailer", SubjectKind.FOOTAGE)
    ada = add_subject(session, studio, "Ada", SubjectKind.PERSON)
    declare_own(session, workspace.vault, trailer, verified_by="R. Reader", starts_at=datetime(2026, 1, 1, tzinfo=UTC))
    session.add(a_mandate(ada.id, studio.id, Modality.VOICE))
    encode(folder / "clip.mp4", film(1, 16.0))
    recognisers = build_recognisers(recogniser_spec(workspace.settings))
    enrol_file(workspace, session, recognisers, trailer, folder / "clip.mp4")
    encode(folder / "copy.mp4", chain(film(2, 4.0), islice(film(1, 16.0), 5 * RATE, 11 * RATE)))
    media = workspace.vault.put([(folder / "copy.mp4").read_bytes()]).sha256
    page = workspace.vault.put([b"<html></html>"]).sha256
    session.add(Video(id="v1", media_url="https://cdn.example/v.mp4", page_url="https://clips.example/v", title="A copy"))
    session.flush()
    capture = a_capture("c1", "v1", media, page, page, page)
    session.add(capture)
    session.flush()
    record_scan(session, capture, scan(folder / "copy.mp4", load_gallery(session, recognisers), recognisers), "g1", AT)
    spoken = add_reference(session, workspace.vault, ada, b"RIFF", file_name="ada.wav", kind=SampleKind.RECORDING)
    voice = Match(
        Appearance(Modality.VOICE, 1.0, 3.0), ada.id, spoken.id, 0.8, 0.5, 0.1, 0.2, "campplus", "voice-open", ("Heard.",)
    )
    heard = ScanResult("c", "video", 480, 270, 10.0, (), 40, (voice.appearance,), (voice,), ("campplus",), ("voice-open",), 0.1)
    record_scan(session, capture, heard, "g2", AT)


def match_of(console: Console, modality: Modality) -> MatchRow:
    with console.workspace.session() as session:
        return session.exec(select(MatchRow).where(MatchRow.modality == modality)).one()


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("L").resize((96, 54)), np.float32)


def test_the_clip_is_pictured_at_the_second_that_the_still_shows(console: Console) -> None:
    row, owner = match_of(console, Modality.FOOTAGE), console.cookie(None)
    assert row.reference_t == pytest.approx(row.best_t + 1, abs=0.5), "the copy begins four seconds in, at the clip's fifth"
    page = console.ask("GET", f"/queue/{row.id}", owner)
    assert page.status == 200
    assert f"/references/{row.reference_id}/picture.jpg?at={round(row.reference_t, 2)}" in page.text
    assert "of this file shows" in page.text
    still = console.ask("GET", f"/queue/{row.id}/still.jpg", owner)
    same, other = (
        console.ask("GET", f"/references/{row.reference_id}/picture.jpg?at={at}", owner) for at in (row.reference_t, 14.0)
    )
    assert (still.status, same.status, other.status) == (200, 200, 200)
    likeness = [float(np.corrcoef(pixels(still.content).ravel(), pixels(each.content).ravel())[0, 1]) for each in (same, other)]
    assert likeness[0] > 0.85 > likeness[1] + 0.2


def test_what_is_heard_is_played_without_a_box_and_its_recording_has_no_picture(console: Console) -> None:
    row, owner = match_of(console, Modality.VOICE), console.cookie(None)
    page = console.ask("GET", f"/queue/{row.id}", owner)
    assert (page.status, 'data-boxes="[]"' in page.text) == (200, True)
    assert f'<audio controls preload="none" src="/references/{row.reference_id}/sound.wav"' in page.text
    assert "who, or what, spoke is not known" in page.text
    assert 'value="Heard beside the recordings: it resembles them"' in page.text
    assert "It is another voice" in page.text
    assert "it is the same" not in page.text
    assert console.ask("GET", f"/queue/{row.id}/still.jpg", owner).status == 200, "the frame, without a box"
    assert console.ask("GET", f"/queue/{row.id}/media", owner).status == 200
    assert console.ask("GET", f"/references/{row.reference_id}/picture.jpg", owner).status == 404
    assert "A recording" in console.ask("GET", f"/registry/subjects/{row.subject_id}", owner).text


@pytest.mark.parametrize("at", ["inf", "-inf", "nan", "1e300", "86401", "-1", "soon"])
def test_what_is_no_second_of_a_reference_is_refused_and_breaks_nothing(console: Console, at: str) -> None:
    heard, seen, owner = match_of(console, Modality.VOICE), match_of(console, Modality.FOOTAGE), console.cookie(None)
    assert console.ask("GET", f"/references/{heard.reference_id}/sound.wav?at={at}", owner).status == 422
    assert console.ask("GET", f"/references/{seen.reference_id}/picture.jpg?at={at}", owner).status == 422
