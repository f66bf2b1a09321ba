"""Stills that are meant for sending show nobody's face but the one that the match is about."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlmodel import select

from crawler.videos import Capture
from matcher.assemble import recognisers_of
from matcher.decoding import Bounds, Decoder, decoder, decoding
from matcher.face.finding import DetectorChoice, FacesSeen
from matcher.face.recogniser import FaceRecogniser
from matcher.packs.adding import add
from matcher.packs.store import load
from matcher.types import Box, Observation
from registry.types import Modality
from reports.cases import confirmed_matches
from reports.evidence.bystanders import others_in, still_to_send, without
from reports.evidence.seal import digest
from reports.evidence.stills import cut_still
from reports.issuing import issue_bundle
from reports.matches import MatchRow
from reports.notices.base import Letter
from reports.notices.enclosures import annex, stills_of
from reports.notices.wording import ENGLISH
from reports.pictures import Pictures
from reports.render.letter import caption
from tests.support.evidence_desk import AT, furnish

T = 0.5


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, shared_models: Path) -> Path:
    folder = tmp_path_factory.mktemp("models")
    add(folder, shared_models / "edge")
    return folder


@pytest.fixture(scope="module")
def recogniser(models: Path) -> FaceRecogniser:
    (made,) = (one for one in recognisers_of(load(models, "edge")) if isinstance(one, FaceRecogniser))
    return made


@pytest.fixture(scope="module")
def looking(models: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decoder]:
    readable = (shared_data, tmp_path_factory.getbasetemp())
    with decoding(Bounds(), readable, DetectorChoice(models, ("edge",), True, ())) as made:
        yield made


@pytest.fixture(scope="module")
def clip(shared_data: Path) -> Path:
    """Two people, both of whom show their faces at T."""
    return shared_data / "ai_video" / "probe" / "humo_tv_00462dcb.mp4"


@pytest.fixture(scope="module")
def faces(clip: Path, looking: Decoder) -> tuple[Box, Box]:
    """Whom the match is about, and who stands beside her."""
    left, right = sorted(looking.finder.faces(cut_still(clip, T)[0]).boxes, key=lambda box: box.x1)
    return left, right


def likeness(recogniser: FaceRecogniser, one: np.ndarray, other: np.ndarray) -> float:
    """Cosine of what the encoder makes of two pictures, taken for aligned faces as they are."""
    side = recogniser._encoder.size
    chips = np.stack([cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA) for picture in (one, other)])
    first, second = recogniser._encoder.encode(chips)
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


def part(image: np.ndarray, box: Box) -> np.ndarray:
    return image[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)]


def test_a_bystanders_face_is_gone_for_detector_and_encoder_and_the_matched_one_is_untouched(
    clip: Path, faces: tuple[Box, Box], looking: Decoder, recogniser: FaceRecogniser
) -> None:
    own, other = faces
    before, _ = cut_still(clip, T)

    sent = still_to_send(clip, T, own, Modality.FACE)

    assert sent.hidden.said == "Other faces made unrecognisable: 1."
    assert np.array_equal(part(sent.image, own), part(before, own))
    found = looking.finder.faces(sent.image).boxes
    assert len(found) == 1
    assert abs(found[0].x1 - own.x1) < 3
    assert likeness(recogniser, part(before, other), part(before, other)) > 0.99
    assert likeness(recogniser, part(sent.image, other), part(before, other)) < recogniser.threshold(1)
    colours = np.abs(np.diff(part(sent.image, other).astype(int), axis=0)).max()
    assert colours <= 8, "edges are left that tell one face from another"


def test_whoever_stands_beside_is_the_bystander(clip: Path, faces: tuple[Box, Box], looking: Decoder) -> None:
    left, right = faces
    before, _ = cut_still(clip, T)

    sent = still_to_send(clip, T, right, Modality.FACE).image

    assert np.array_equal(part(sent, right), part(before, right))
    assert not np.array_equal(part(sent, left), part(before, left))


def test_with_a_mark_the_faces_beside_it_are_hidden_all(clip: Path, faces: tuple[Box, Box], looking: Decoder) -> None:
    sent = still_to_send(clip, T, Box(0, 600, 120, 700), Modality.ARTWORK)

    assert sent.hidden.faces == 2
    assert looking.finder.faces(sent.image).boxes == ()


def test_the_face_of_a_drawn_figure_stays() -> None:
    figure, fan = Box(120, 100, 180, 170), Box(400, 100, 430, 140)

    hidden = others_in(FacesSeen((fan, figure)), Box(100, 60, 220, 400), Modality.ARTWORK, 1.0)

    assert hidden.faces == 1
    assert [place[0] > 300 for place in hidden.places] == [True]


def test_where_two_heads_touch_all_but_the_matched_face_is_hidden() -> None:
    own, other = Box(100, 100, 200, 220), Box(180, 90, 290, 230)
    picture = np.random.default_rng(5).integers(0, 255, (300, 400, 3), np.uint8)

    hidden = others_in(FacesSeen((own, other)), own, Modality.FACE, 1.0)
    made = without(picture, hidden.places, 1.0)

    assert np.array_equal(part(made, own), part(picture, own))
    beside = Box(200, 90, 290, 230)
    assert np.abs(part(made, beside).astype(int) - part(picture, beside)).mean() > 30


def test_places_are_those_of_the_full_frame_when_the_picture_is_smaller() -> None:
    hidden = others_in(FacesSeen((Box(10, 10, 20, 20),)), Box(0, 0, 5, 5), Modality.FACE, 4.0)

    assert hidden.places == ((30.0, 30.0, 90.0, 90.0),)


def test_without_a_detector_the_still_says_that_nobody_looked(clip: Path, tmp_path: Path) -> None:
    for choice, why in (
        (None, "no pack with a face detector is chosen"),
        (DetectorChoice(tmp_path, ("edge",), True, ()), "the pack edge is not here"),
    ):
        with decoding(Bounds(), (clip.parent,), choice):
            sent = still_to_send(clip, T, Box(1, 1, 2, 2), Modality.FACE)
        assert sent.hidden.said == f"Faces of others were not looked for: {why}."
        assert sent.hidden.places == ()


def test_stills_of_bundle_letter_and_report_go_without_bystanders(
    clip: Path, faces: tuple[Box, Box], looking: Decoder, tmp_path: Path
) -> None:
    work = furnish(tmp_path, clip, Modality.FACE, tuple(Observation(t, faces[0]) for t in (T, T, T)))
    match = work.session.exec(select(MatchRow)).one()
    media = work.session.get_one(Capture, match.capture_id).media_sha256

    bundle = issue_bundle(work.session, work.vault, work.case, tmp_path / "out", work.key, at=AT)
    (entry,) = json.loads((bundle / "data" / "matches.json").read_text())["matches"]
    (confirmed,) = confirmed_matches(work.session, work.case)
    (enclosed,) = stills_of(work.vault, [(confirmed, media)], {match.subject_id: "Mossy"}).stills
    shown = Pictures(work.session, work.vault).still(media, match)

    (still,) = entry["stills"]
    said = "Other faces made unrecognisable: 1."
    assert still["others"] == enclosed.others == shown.others == said
    assert still["hidden"] == [list(place) for place in enclosed.hidden]
    assert said in (bundle / "index.html").read_text()
    assert said in caption(enclosed, ENGLISH)
    for picture in (decoder().picture(bundle / still["plain"]), decoder().picture(bundle / still["with_box"])):
        assert len(looking.finder.faces(picture).boxes) == 1
    assert shown.picture is not None
    assert len(looking.finder.faces(decoder().picture(shown.picture.content)).boxes) == 1
    assert digest(bundle / entry_media(bundle)) == media, "the captured media stays as it was captured"


def test_a_letters_stills_are_the_same_when_another_detector_is_at_hand(
    clip: Path, faces: tuple[Box, Box], looking: Decoder, tmp_path: Path
) -> None:
    work = furnish(tmp_path, clip, Modality.FACE, tuple(Observation(t, faces[0]) for t in (T, T, T)))
    (confirmed,) = confirmed_matches(work.session, work.case)
    media = work.session.get_one(Capture, confirmed.capture_id).media_sha256
    cut = stills_of(work.vault, [(confirmed, media)], {confirmed.subject_id: "Mossy"}, tmp_path / "drafted")
    (still,) = cut.stills
    letter = Letter("dmca", "", "", AT.date(), (), (), "", "", (), (), (), (), stills=(still,))

    with decoding(Bounds(), (tmp_path,)):
        again = annex(work.vault, letter, tmp_path / "enclosures")

    assert digest(tmp_path / "enclosures" / still.name) == digest(tmp_path / "drafted" / still.name) == still.sha256
    assert again == cut.pictures


def entry_media(bundle: Path) -> str:
    return str(json.loads((bundle / "data" / "case.json").read_text())["captures"][0]["media_file"])
