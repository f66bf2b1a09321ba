"""Promise 10 for faces: odd and hostile media end as a clear result, in bounded time and memory."""

import resource
import time
from collections.abc import Iterable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from skimage import data

from matcher.face.recogniser import FaceRecogniser
from matcher.media import write_clip
from matcher.scan import scan
from matcher.types import Gallery, GallerySubject, ScanResult
from registry.kinds import SubjectKind
from registry.types import Template

MIB = 1 << 20
ASTRONAUT = np.ascontiguousarray(data.astronaut()[..., ::-1])


@pytest.fixture(scope="module")
def gallery(recogniser: FaceRecogniser) -> Gallery:
    subject = GallerySubject("s1", "Astronaut", SubjectKind.PERSON)
    return Gallery({"s1": subject}, (Template("s1", "r1", recogniser.encoder, recogniser.enrol(ASTRONAUT)),))


def looked_at(path: Path, gallery: Gallery, recogniser: FaceRecogniser, seconds: float = 10.0) -> ScanResult:
    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = scan(path, gallery, [recogniser])
    assert time.process_time() - start < seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1024 * 1024
    assert made.failure is None or (made.failure.what and made.failure.remedy)
    return made


def stills(picture: np.ndarray, count: int) -> Iterable[np.ndarray]:
    return (picture for _ in range(count))


def test_a_still_that_is_shown_for_an_hour_is_one_appearance_of_an_hour(
    tmp_path: Path, gallery: Gallery, recogniser: FaceRecogniser
) -> None:
    wide = np.zeros((64, 384, 3), np.uint8)
    wide[:, 160:224] = cv2.resize(ASTRONAUT[20:220, 120:320], (64, 64), interpolation=cv2.INTER_AREA)
    write_clip(tmp_path / "hour.mp4", stills(wide, 3600), fps=1)
    made = looked_at(tmp_path / "hour.mp4", gallery, recogniser, 40)
    assert made.duration == pytest.approx(3600, abs=2)
    (match,) = made.matches
    assert match.subject_id == "s1"
    assert match.appearance.t_end - match.appearance.t_start > 3590


def test_a_picture_of_one_pixel_shows_nobody(tmp_path: Path, gallery: Gallery, recogniser: FaceRecogniser) -> None:
    cv2.imwrite(str(tmp_path / "dot.png"), ASTRONAUT[:1, :1])
    made = looked_at(tmp_path / "dot.png", gallery, recogniser)
    assert (made.failure, made.width, made.height, made.appearances) == (None, 1, 1, ())


def test_a_video_of_two_by_two_pixels_shows_nobody(tmp_path: Path, gallery: Gallery, recogniser: FaceRecogniser) -> None:
    with av.open(str(tmp_path / "dot.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 2, 2, "yuv420p"
        for picture in stills(ASTRONAUT[:2, :2], 10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")))
        container.mux(stream.encode())
    made = looked_at(tmp_path / "dot.mp4", gallery, recogniser)
    assert made.matches == ()
    assert made.failure is not None or (made.width, made.height) == (2, 2)


@pytest.mark.parametrize("side", [24, 60])
def test_ten_thousand_faces_in_one_picture_are_looked_at_in_bounded_time(
    tmp_path: Path, gallery: Gallery, recogniser: FaceRecogniser, side: int
) -> None:
    face = cv2.resize(ASTRONAUT[40:200, 140:310], (side, side), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "crowd.jpg"), np.tile(face, (100, 100, 1)))
    made = looked_at(tmp_path / "crowd.jpg", gallery, recogniser, 30)
    assert made.failure is None
    assert made.frames_looked_at == 1
    assert len(made.appearances) <= 100


def test_a_clip_without_a_single_frame_is_said_to_hold_none(tmp_path: Path, gallery: Gallery, recogniser: FaceRecogniser) -> None:
    with av.open(str(tmp_path / "none.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        container.start_encoding()
    made = looked_at(tmp_path / "none.mp4", gallery, recogniser)
    assert made.failure is not None
    assert "none.mp4" in made.failure.what


def test_a_file_that_says_it_lasts_for_hours_lasts_as_long_as_its_pictures(
    tmp_path: Path, gallery: Gallery, recogniser: FaceRecogniser
) -> None:
    path = tmp_path / "lying.mp4"
    write_clip(path, stills(ASTRONAUT, 50))
    content = bytearray(path.read_bytes())
    for atom in (b"mvhd", b"mdhd"):  # version 0: flags, created, changed, timescale, duration
        scale = content.index(atom) + 16
        ticks = int.from_bytes(content[scale : scale + 4], "big")
        content[scale + 4 : scale + 8] = (ticks * 7200).to_bytes(4, "big")
    path.write_bytes(content)
    made = looked_at(path, gallery, recogniser)
    assert made.duration < 4
    assert made.shots[-1][1] < 4
    assert [match.subject_id for match in made.matches] == ["s1"]
