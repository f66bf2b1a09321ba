"""Frames that are left out while decoding: what is left is right, and nothing can be hidden among the others."""

from pathlib import Path

import av
import numpy as np
import pytest

from matcher.media import DecodedFrame, MediaReader, frame_at
from tests.support.numbered_clips import FPS, encode, number_of, numbered

LONG_RUNS = {"crf": "18", "x264-params": "bframes=16:b-adapt=0:b-pyramid=none:keyint=250"}


def looks(path: Path) -> list[tuple[float, np.ndarray]]:
    with MediaReader(path) as reader:
        return [(frame.t, frame.image.copy()) for frame in reader.frames(4.0, 1280)]


def test_a_clip_of_frames_that_no_other_refers_to_is_still_looked_at_four_times_a_second(tmp_path: Path) -> None:
    seen = looks(encode(tmp_path / "long runs.mp4", 150, options=LONG_RUNS))
    assert len(seen) == pytest.approx(24, abs=1)
    assert float(np.diff([t for t, _ in seen]).max()) < 0.35
    assert [number_of(image) for _, image in seen] == [round(t * FPS) for t, _ in seen]


CONTAINERS = [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.ts", "libx264"), ("a.mpg", "mpeg2video"), ("a.h264", "libx264")]


@pytest.mark.parametrize(("name", "codec"), CONTAINERS)
@pytest.mark.parametrize("long_runs", [False, True])
def test_each_frame_is_the_one_that_a_full_decode_shows_at_that_time(
    tmp_path: Path, name: str, codec: str, long_runs: bool
) -> None:
    x264 = LONG_RUNS if long_runs else {}
    path = encode(tmp_path / name, 75, codec, x264 if codec == "libx264" else {"bf": "2"})
    with av.open(str(path)) as container:
        whole = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    seen = looks(path)
    assert len(seen) == pytest.approx(12, abs=1)
    for t, image in seen:
        number = round(t * FPS)
        assert t == pytest.approx(number / FPS, abs=2e-3)
        np.testing.assert_array_equal(image, whole[number])


@pytest.mark.parametrize(("name", "codec"), CONTAINERS)
@pytest.mark.parametrize("t", [0.0, 1.0, 2.6])
def test_a_still_is_right_also_in_files_that_cannot_be_sought(tmp_path: Path, name: str, codec: str, t: float) -> None:
    assert number_of(frame_at(encode(tmp_path / name, 75, codec), t).image) == round(t * FPS)


def test_nothing_hides_behind_the_last_frame_that_others_refer_to(tmp_path: Path) -> None:
    """All that others refer to is said to be shown in the first tenth of a second, and the rest for seconds after."""
    source = encode(tmp_path / "source.mkv", 16, options={"x264-params": "bframes=14:b-adapt=0:b-pyramid=none:scenecut=0"})
    path = tmp_path / "hiding.mkv"
    with av.open(str(source)) as given, av.open(str(path), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        packets = [packet for packet in given.demux(video=0) if packet.size]
        for place, packet in enumerate(packets):
            packet.stream = stream
            packet.pts = packet.dts = round((0.1 * place if place < 2 else 0.25 * place) / packet.time_base)
            made.mux(packet)
    seen = looks(path)
    assert len(seen) >= 14
    assert seen[-1][0] == pytest.approx(0.25 * 15, abs=0.3)


@pytest.fixture
def picture() -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(next(numbered(1)), format="bgr24").reformat(format="yuv420p")


@pytest.mark.parametrize(("side", "size"), [(1000, (320, 180)), (320, (320, 180)), (160, (160, 90)), (33, (33, 19)), (1, (1, 1))])
def test_a_frame_is_given_as_small_as_it_is_asked_for_and_never_larger_than_it_is(
    picture: av.VideoFrame, side: int, size: tuple[int, int]
) -> None:
    frame = DecodedFrame(0.0, picture, 0, 1.0, 640)
    assert frame.within(side).shape == (size[1], size[0], 3)
    assert frame.size == (320, 180)
    assert frame.shape == frame.image.shape[:2]


def test_the_most_that_was_asked_for_at_first_bounds_every_look(picture: av.VideoFrame) -> None:
    frame = DecodedFrame(0.0, picture, 0, 1.0, 160)
    assert frame.within(320).shape == frame.image.shape == (90, 160, 3)
    assert frame.shape == (90, 160)
    assert (frame.scale, frame.size) == (2, (320, 180))


def test_pixels_that_are_not_square_are_made_so(picture: av.VideoFrame) -> None:
    frame = DecodedFrame(0.0, picture, 0, 0.5, 640)
    assert (frame.size, frame.image.shape) == ((160, 180), (180, 160, 3))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_clip_that_was_filmed_turned_is_seen_upright(tmp_path: Path, degrees: int) -> None:
    source, path = encode(tmp_path / "lying.mp4", 10), tmp_path / "turned.mp4"
    content = bytearray(source.read_bytes())
    unturned = b"".join(n.to_bytes(4, "big") for n in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
    one, less = 1 << 16, (1 << 32) - (1 << 16)
    a, b, c, d = {90: (0, one, less, 0), 180: (less, 0, 0, less), 270: (0, less, one, 0)}[degrees]
    turned = b"".join(n.to_bytes(4, "big") for n in (a, b, 0, c, d, 0, 0, 0, 1 << 30))
    place = content.index(unturned, content.index(b"tkhd"))
    content[place : place + len(turned)] = turned
    path.write_bytes(content)
    with MediaReader(path) as reader:
        frame = next(reader.frames(4.0, 1280))
        upright, small, size = frame.image.copy(), frame.within(160), frame.size
        said = reader.info.width, reader.info.height
    lying = frame_at(source, 0.0).image
    expected = np.rot90(lying, {90: -1, 180: 2, 270: 1}[degrees])
    assert size == (expected.shape[1], expected.shape[0]) == said
    assert small.shape[:2] == tuple(side // 2 for side in expected.shape[:2])
    assert np.abs(upright.astype(int) - expected).mean() < 3
