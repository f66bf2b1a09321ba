"""Decoding real encoded media: times, cuts, turns, and what strangers send."""

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from matcher.errors import MediaUnreadable
from matcher.media import MediaReader, frame_at, read_picture, write_clip

FPS = 25
SHOTS = [(200, 40, 40), (40, 200, 40), (40, 40, 200)]


def three_shots(seconds: float = 2.0) -> Iterator[np.ndarray]:
    """Three textured shots, each panning slowly; the level of grey in a corner tells the frame's number."""
    random = np.random.default_rng(3)
    for shot, colour in enumerate(SHOTS):
        blotches = cv2.resize(random.integers(0, 120, (9, 20, 3), np.uint8), (400, 180), interpolation=cv2.INTER_CUBIC)
        for i in range(round(seconds * FPS)):
            picture = np.clip(blotches[:, i : i + 320].astype(int) + colour, 0, 255).astype(np.uint8)
            picture[:40, :40] = 40 + 4 * (i % 50)
            picture[140:, 280:] = 80 * shot
            yield picture


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("media") / "three shots.mp4"
    write_clip(path, three_shots(), FPS)
    return path


def test_cuts_are_found_where_they_are_and_frames_belong_to_their_shot(clip: Path) -> None:
    with MediaReader(clip) as reader:
        frames = list(reader.frames(4, 1280))
        assert [round(start, 2) for start, _ in reader.shots] == [0.0, 2.0, 4.0]
        assert reader.shots[-1][1] == pytest.approx(6.0, abs=0.1)
        assert (reader.info.kind, reader.info.width, reader.info.height) == ("video", 320, 180)
    assert {frame.shot for frame in frames} == {0, 1, 2}
    assert all(int(frame.t // 2) == frame.shot for frame in frames)
    assert len(frames) == pytest.approx(24, abs=2)


def test_scaled_frames_say_by_how_much(clip: Path) -> None:
    with MediaReader(clip) as reader:
        frame = next(reader.frames(4, 160))
    assert frame.image.shape == (90, 160, 3)
    assert frame.scale == 2


@pytest.mark.parametrize("t", [0.0, 0.52, 1.96, 2.0, 3.48, 5.6])
def test_a_still_is_the_frame_that_is_shown_at_that_time(clip: Path, t: float) -> None:
    frame = frame_at(clip, t)
    assert frame.t == pytest.approx(t, abs=0.5 / FPS)
    assert frame.image[150:, 290:].mean() == pytest.approx(80 * int(t // 2), abs=8)
    assert frame.image[5:35, 5:35].mean() == pytest.approx(40 + 4 * (round(t * FPS) % 50), abs=8)


def test_a_clip_that_is_cut_off_is_looked_at_as_far_as_it_goes(clip: Path, tmp_path: Path) -> None:
    fragmented = tmp_path / "fragmented.mp4"
    with av.open(str(fragmented), "w", options={"movflags": "frag_keyframe+empty_moov"}) as out:
        stream = out.add_stream("libx264", rate=FPS, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for picture in three_shots():
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    cut_off = tmp_path / "cut off.mp4"
    cut_off.write_bytes(fragmented.read_bytes()[: fragmented.stat().st_size // 2])
    with MediaReader(cut_off) as reader:
        frames = list(reader.frames(4, 1280))
    assert 6 < len(frames) < 20


def test_metadata_written_into_a_clip_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "labelled.mp4"
    write_clip(path, (np.full((64, 96, 3), 128, np.uint8) for _ in range(5)), metadata={"AIGC": '{"Label":"1"}'})
    assert b'{"Label":"1"}' in path.read_bytes()


def test_a_photo_taken_upright_but_stored_lying_is_shown_upright(tmp_path: Path) -> None:
    lying = Pillow.fromarray(np.zeros((60, 100, 3), np.uint8))
    exif = Pillow.Exif()
    exif[0x0112] = 6
    lying.save(tmp_path / "photo.jpg", exif=exif)
    assert read_picture(tmp_path / "photo.jpg").shape == (100, 60, 3)


def test_what_is_transparent_shows_white(tmp_path: Path) -> None:
    Pillow.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "mark.png")
    assert read_picture(tmp_path / "mark.png").min() == 255


def test_an_animated_gif_is_a_video(tmp_path: Path) -> None:
    pictures = [Pillow.fromarray(np.full((40, 60, 3), level, np.uint8)) for level in (0, 90, 180)]
    pictures[0].save(tmp_path / "moving.gif", save_all=True, append_images=pictures[1:], duration=500)
    with MediaReader(tmp_path / "moving.gif") as reader:
        assert reader.info.kind == "video"
        assert len(list(reader.frames(4, 1280))) == 3


def test_a_playlist_never_opens_another_file(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "other.mp4").write_bytes(clip.read_bytes())
    for name, text in [
        ("list.mp4", f"#EXTM3U\n#EXTINF:1,\n{tmp_path / 'other.mp4'}\n#EXT-X-ENDLIST\n"),
        ("concat.mp4", f"ffconcat version 1.0\nfile {tmp_path / 'other.mp4'}\n"),
    ]:
        (tmp_path / name).write_text(text)
        with pytest.raises(MediaUnreadable):
            MediaReader(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"\x00", b"<!doctype html><title>No</title>", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40])
def test_what_is_no_media_is_said_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaUnreadable) as raised:
        MediaReader(path)
    assert "thing.mp4" in raised.value.what
    assert raised.value.remedy


def test_a_picture_is_one_frame(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), np.full((50, 80, 3), 7, np.uint8))
    with MediaReader(tmp_path / "still.png") as reader:
        (frame,) = reader.frames(4, 1280)
    assert (frame.t, frame.image.shape) == (0.0, (50, 80, 3))
    assert frame_at(tmp_path / "still.png", 3.0).image.shape == (50, 80, 3)
