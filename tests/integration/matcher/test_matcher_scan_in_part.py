"""A scan finds what hides in a file, or says that it was looked at in part; and many appearances of one subject are one match."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from matcher.artwork import ArtworkRecogniser
from matcher.joining import MOST_APART, joined
from matcher.media import MediaReader, frame_at
from matcher.scan import Limits, scan
from matcher.types import Appearance, Box, Gallery, GallerySubject, Match, Observation, ScanResult
from registry.types import Modality, SubjectKind, Template
from tests.support.drawn_clips import figure, pan, scene
from tests.support.numbered_clips import broken, encode_tracks, remuxed

FPS = 8


@pytest.fixture(scope="module")
def recogniser() -> ArtworkRecogniser:
    return ArtworkRecogniser()


@pytest.fixture(scope="module")
def gallery(recogniser: ArtworkRecogniser) -> Gallery:
    subjects = {f"s{n}": GallerySubject(f"s{n}", f"Figure {n}", SubjectKind.CHARACTER) for n in (1, 2)}
    templates = tuple(Template(f"s{n}", f"r{n}", recogniser.encoder, recogniser.enrol(figure(n))) for n in (1, 2))
    return Gallery(subjects, templates)


def shown(number: int | None, seconds: float = 3.0) -> Iterator[np.ndarray]:
    return pan(figure(number) if number else None, scene(40), seconds)


def looked_at(path: Path, gallery: Gallery, recogniser: ArtworkRecogniser, seconds: float = 3600.0) -> ScanResult:
    made = scan(path, gallery, [recogniser], Limits(seconds))
    assert made.failure is None
    assert made.in_part == (made.share < 1) == bool(made.unseen)
    return made


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_subject_in_the_second_track_is_found_and_its_track_is_named(
    tmp_path: Path, gallery: Gallery, recogniser: ArtworkRecogniser, suffix: str
) -> None:
    path = encode_tracks(tmp_path / f"two.{suffix}", [shown(None), shown(1)], fps=FPS)
    made = looked_at(path, gallery, recogniser)
    assert made.tracks == 2
    assert [match.subject_id for match in made.matches] == ["s1"]
    seen = made.matches[0].appearance
    assert seen.track == 2
    still = frame_at(path, seen.best.t, seen.track, counted=seen.counted).image
    again = frame_at(path, seen.best.t, 1).image
    assert np.abs(still.astype(int) - again).mean() > 3


def test_a_subject_behind_broken_packets_is_found_and_the_result_is_in_part(
    tmp_path: Path, gallery: Gallery, recogniser: ArtworkRecogniser
) -> None:
    pictures = [*shown(None, 30.0), *shown(1)]
    whole = encode_tracks(tmp_path / "whole.mp4", [pictures], options={"g": "8"}, fps=FPS)
    made = looked_at(broken(whole, tmp_path / "broken.mp4", 16, 232), gallery, recogniser)
    assert [match.subject_id for match in made.matches] == ["s1"]
    assert made.in_part
    assert made.share == pytest.approx(48 / 264, abs=0.05)


def test_what_shows_nobody_but_was_damaged_is_in_part(tmp_path: Path, gallery: Gallery, recogniser: ArtworkRecogniser) -> None:
    whole = encode_tracks(tmp_path / "whole.mp4", [[*shown(1), *shown(None, 5.0)]], options={"g": "8"}, fps=FPS)
    made = looked_at(broken(whole, tmp_path / "broken.mp4", 0, 56), gallery, recogniser)
    assert (made.matches, made.in_part) == ((), True)


def test_a_scan_that_runs_out_of_time_says_how_much_was_looked_at(
    tmp_path: Path, gallery: Gallery, recogniser: ArtworkRecogniser
) -> None:
    size, noise = 1280, np.random.default_rng(1)
    pictures = (cv2.resize(noise.integers(0, 255, (90, 160, 3), np.uint8), (size, 720)) for _ in range(200))
    path = encode_tracks(tmp_path / "long.mp4", [pictures], options={"preset": "ultrafast", "g": "8"}, fps=FPS)
    made = looked_at(path, gallery, recogniser, 0.3)
    assert made.in_part
    assert 0 < made.share < 1
    assert "when the time for one file was over" in made.unseen[0]


def test_a_slide_show_of_one_subject_is_one_match_with_all_its_places(
    tmp_path: Path, gallery: Gallery, recogniser: ArtworkRecogniser
) -> None:
    slides = []
    for place in range(14):
        picture = scene(50 + place, 640, 360)
        picture[10:340, 20 + 4 * place : 350 + 4 * place] = cv2.resize(figure(2 if place == 4 else 1), (330, 330))
        slides.append(picture)
    plain = encode_tracks(tmp_path / "plain.mp4", [slides], options={"g": "1", "bf": "0"}, fps=FPS)

    def every_five_seconds(place: int, packet: Any) -> None:
        packet.pts = packet.dts = round(5 * place / packet.time_base)

    made = looked_at(remuxed(plain, tmp_path / "slides.mp4", every_five_seconds), gallery, recogniser)
    of_first = [match for match in made.matches if match.subject_id == "s1"]
    assert len(of_first) == 1
    (match,) = of_first
    assert len(match.appearance.spans) == 13
    assert match.appearance.spans == tuple(sorted(match.appearance.spans))
    assert all(match.appearance.t_start <= start <= end <= match.appearance.t_end for start, end in match.appearance.spans)
    assert any("places" in reason for reason in match.reasons)
    assert [match.subject_id for match in made.matches if match.subject_id != "s1"] == ["s2"]


def a_match(start: float, subject: str = "s1", score: float = 0.5, track: int = 0) -> Match:
    seen = Observation(start, Box(0, 0, 9, 9))
    appearance = Appearance(Modality.FACE, start, start + 1, seen, (seen,), track)
    return Match(appearance, subject, "r1", score, 0.4, 0.1, 0.2, "enc", "open", ("why",))


def test_few_appearances_stay_matches_of_their_own() -> None:
    matches = [a_match(2.0 * place) for place in range(MOST_APART)]
    assert joined(matches) == matches


def test_nobody_is_lost_where_many_appearances_become_one_match() -> None:
    many = [a_match(2.0 * place, score=0.5 + place / 1000) for place in range(97)]
    second, other_track = a_match(7.0, "s2"), a_match(9.0, track=2)
    made: Sequence[Match] = joined([*many, second, other_track])
    assert made[1:] == [second, other_track]
    assert (made[0].score, made[0].appearance.best.t) == (many[-1].score, 192.0)
    assert (made[0].appearance.t_start, made[0].appearance.t_end, len(made[0].appearance.spans)) == (0.0, 193.0, 97)
    assert len(made[0].appearance.observations) == 97
    assert replace(made[0], appearance=many[-1].appearance, reasons=("why",)) == many[-1]


def test_a_large_photo_is_looked_at_smaller_with_its_full_size_stated(
    tmp_path: Path, gallery: Gallery, recogniser: ArtworkRecogniser
) -> None:
    picture = np.full((9000, 12000, 3), 200, np.uint8)
    picture[2000:6000, 3000:7000] = cv2.resize(figure(1), (4000, 4000), interpolation=cv2.INTER_CUBIC)
    for name in ("large.jpg", "large.png"):
        path = tmp_path / name
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        made = looked_at(path, gallery, recogniser)
        assert (made.kind, made.width, made.height) == ("image", 12000, 9000)
        (match,) = made.matches
        box = match.appearance.best.box
        assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((3000, 2000, 7000, 6000), abs=150)
        with MediaReader(path) as reader:
            frame = reader.at(0.0)
            assert frame.size == pytest.approx((12000, 9000), abs=4)


def test_a_video_beyond_8k_is_looked_at_smaller(tmp_path: Path, gallery: Gallery, recogniser: ArtworkRecogniser) -> None:
    wide = np.full((4352, 8192, 3), 120, np.uint8)
    wide[1000:4000, 2000:5000] = cv2.resize(figure(1), (3000, 3000), interpolation=cv2.INTER_CUBIC)
    options = {"preset": "ultrafast", "crf": "30", "threads": "1"}
    path = encode_tracks(tmp_path / "wide.mp4", [(wide for _ in range(2))], options=options, fps=FPS)
    made = looked_at(path, gallery, recogniser)
    assert (made.width, made.height, made.share) == (8192, 4352, 1.0)
    assert [match.subject_id for match in made.matches] == ["s1"]
