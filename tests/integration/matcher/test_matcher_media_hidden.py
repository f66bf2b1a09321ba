"""What is in a file is looked at, wherever it hides: in further tracks, behind absurd times, in animations, behind damage."""

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from matcher.errors import MediaUnreadable
from matcher.media import MediaReader, frame_at
from tests.support.numbered_clips import (
    FPS,
    black,
    broken,
    encode,
    encode_tracks,
    number_of,
    numbered,
    remuxed,
    with_hole,
)

COUNT = 133
KEYS = {"g": "25", "bf": "2"}


class Seen:
    """All that a reader shows of a file and says of it."""

    def __init__(self, path: Path, **limits: float) -> None:
        with MediaReader(path) as reader:
            self.looks = [(frame.track, frame.t, number_of(frame.image)) for frame in reader.frames(4.0, 1280, **limits)]
            self.tracks, self.share, self.unseen, self.warnings = reader.tracks, reader.share, reader.unseen, reader.warnings
            self.counted = [reader.is_counted(track) for track in range(reader.tracks)]

    def numbers(self, track: int = 0) -> list[int]:
        return [number for place, _, number in self.looks if place == track]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_clip_behind_a_black_first_track_is_looked_at(tmp_path: Path, suffix: str) -> None:
    path = encode_tracks(tmp_path / f"two.{suffix}", [black(COUNT), numbered(COUNT)])
    seen = Seen(path)
    assert seen.tracks == 2
    assert set(seen.numbers(0)) == {0}
    assert len(seen.numbers(1)) == pytest.approx(21, abs=1)
    assert all(number == round(t * FPS) for track, t, number in seen.looks if track == 1)
    assert (seen.share, seen.unseen) == (1.0, [])
    for t in (0.0, 1.0, 4.2):
        assert number_of(frame_at(path, t, 2).image) == round(t * FPS)
        assert frame_at(path, t, 1).image.max() < 20


def test_an_animated_avif_is_its_sequence_and_not_only_its_first_picture(tmp_path: Path) -> None:
    path = encode(tmp_path / "moving.avif", 40, "libsvtav1")
    seen = Seen(path)
    last = seen.tracks - 1
    assert seen.numbers(last)[-1] >= 38
    assert len(seen.numbers(last)) >= 6
    assert seen.share == 1.0
    assert number_of(frame_at(path, 1.0, seen.tracks if last else 0).image) == 25


@pytest.mark.parametrize("name", ["a.webp", "a.gif", "a.png", "a.avif", "a.tiff"])
def test_every_picture_of_a_moving_or_paged_picture_file_is_looked_at(tmp_path: Path, name: str) -> None:
    pictures = [Pillow.fromarray(picture[:, :, ::-1]) for picture in numbered(12)]
    path = tmp_path / name
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=500)
    seen = Seen(path)
    assert set(seen.numbers(seen.tracks - 1)) == set(range(12))
    assert seen.share == 1.0
    track, t, number = seen.looks[-1]
    assert number_of(frame_at(path, t, track + 1 if seen.tracks > 1 else 0).image) == number


def test_the_pages_before_a_broken_one_are_looked_at_and_it_is_said(tmp_path: Path) -> None:
    pictures = [Pillow.fromarray(picture[:, :, ::-1]) for picture in numbered(12)]
    path = tmp_path / "pages.tiff"
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    data = bytearray(path.read_bytes())
    at = directory_of(data, 6)
    for entry in range(at + 2, at + 2 + 12 * struct.unpack_from("<H", data, at)[0], 12):
        struct.pack_into("<H", data, entry, 65_000)  # tags that nobody knows: it has neither width nor height
    path.write_bytes(data)
    seen = Seen(path)
    assert (seen.numbers(), seen.share < 1) == ([0, 1, 2, 3, 4, 5], True)
    assert seen.unseen == ["1 of 7 pictures could not be decoded."]


def directory_of(tiff: bytes, page: int) -> int:
    """Where the directory of a page begins, counted from 0."""
    at: int = struct.unpack_from("<I", tiff, 4)[0]
    for _ in range(page):
        at = struct.unpack_from("<I", tiff, at + 2 + 12 * struct.unpack_from("<H", tiff, at)[0])[0]
    return at


def test_the_second_picture_of_a_photo_of_two_is_looked_at(tmp_path: Path) -> None:
    one, two = (Pillow.fromarray(picture[:, :, ::-1]) for picture in list(numbered(6))[4:])
    one.save(tmp_path / "photo.jpg", format="MPO", save_all=True, append_images=[two])
    assert Seen(tmp_path / "photo.jpg").numbers() == [4, 5]


def test_a_cover_picture_is_looked_at_beside_the_video(tmp_path: Path) -> None:
    clip = encode(tmp_path / "clip.mp4", 50)
    cover = Pillow.fromarray(list(numbered(302))[-1][:, :, ::-1])
    cover.save(tmp_path / "cover.png")
    path = tmp_path / "covered.mp4"
    with av.open(str(clip)) as given, av.open(str(tmp_path / "cover.png")) as picture, av.open(str(path), "w") as made:
        streams = [(made.add_stream_from_template(source.streams.video[0]), source) for source in (given, picture)]
        streams[1][0].disposition = av.stream.Disposition.attached_pic
        for stream, source in reversed(streams):
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    made.mux(packet)
    seen = Seen(path)
    assert 301 in seen.numbers(1)
    assert seen.numbers(0)[-1] >= 44
    assert (seen.share, seen.unseen) == (1.0, [])


def test_of_very_many_tracks_those_that_are_not_looked_at_are_said(tmp_path: Path) -> None:
    seen = Seen(encode_tracks(tmp_path / "many.mkv", [numbered(3) for _ in range(20)]))
    assert {track for track, _, _ in seen.looks} == set(range(16))
    assert 0.5 < seen.share < 0.95
    assert any("20 tracks" in said and "4 of them" in said for said in seen.unseen)


def test_a_track_that_cannot_be_decoded_is_said_and_the_others_are_looked_at(tmp_path: Path) -> None:
    path = encode_tracks(tmp_path / "two.mp4", [numbered(50), numbered(50)])
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=1) if packet.size]
    content = bytearray(path.read_bytes())
    for place, size in places:
        content[place : place + size] = bytes(size)
    path.write_bytes(content)
    seen = Seen(path)
    assert len(seen.numbers(0)) >= 8
    assert seen.numbers(1) == []
    assert seen.share == pytest.approx(0.5, abs=0.1)
    assert any("Track 2 of 2" in said for said in seen.unseen)


def test_a_track_that_begins_late_in_a_transport_stream_is_looked_at(tmp_path: Path) -> None:
    first = encode(tmp_path / "first.ts", 2000, options={"g": "25", "crf": "1"}).read_bytes()
    both = encode_tracks(tmp_path / "both.ts", [black(100), numbered(100)]).read_bytes()
    path = tmp_path / "late.ts"
    path.write_bytes(first + both)
    seen = Seen(path)
    assert seen.tracks == 2
    assert len(seen.numbers(1)) >= 10


def late(place: int, packet: Any) -> None:
    if place == 0:
        packet.pts = round(100 / packet.time_base)


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts", "flv"])
def test_a_first_frame_that_is_said_to_come_late_hides_none_of_the_others(tmp_path: Path, suffix: str) -> None:
    plain = encode(tmp_path / "plain.mp4", COUNT, options={"bf": "0"})
    path = remuxed(plain, tmp_path / f"late.{suffix}", late)
    seen = Seen(path)
    assert len(seen.numbers()) == pytest.approx(21, abs=1)
    assert all(abs(number - t * FPS) <= 1 for _, t, number in seen.looks)
    assert seen.counted == [True]
    assert any("out of order" in said for said in seen.warnings)
    for _, t, number in seen.looks[::5]:
        assert number_of(frame_at(path, t, counted=True).image) == number


def crowded(place: int, packet: Any) -> None:
    packet.pts = packet.dts = round(place * 0.0001 / packet.time_base)


def leaping(place: int, packet: Any) -> None:
    packet.pts = packet.dts = round(place * 20_000 / packet.time_base)


@pytest.mark.parametrize("change", [crowded, leaping])
def test_absurd_times_hide_nothing(tmp_path: Path, change: Any) -> None:
    plain = encode(tmp_path / "plain.mp4", COUNT, options={"bf": "0", "g": "10"})
    seen = Seen(remuxed(plain, tmp_path / "odd.ts", change))
    assert_looked_at_throughout(seen)


@pytest.mark.parametrize("apart", [0.0, -20.0, -0.5, 50_000.0])
def test_times_that_begin_anew_hide_nothing(tmp_path: Path, apart: float) -> None:
    """A transport stream of stretches of 19 frames, each said to be shown so many seconds after the one before."""
    plain = encode(tmp_path / "plain.mp4", COUNT, options={"bf": "0", "g": "19", "sc_threshold": "0"})
    content = b""
    for stretch in range(COUNT // 19):

        def moved(place: int, packet: Any, stretch: int = stretch) -> None:
            packet.pts = packet.dts = round((500 + place % 19 / FPS + stretch * apart) / packet.time_base)

        only = remuxed(plain, tmp_path / f"{stretch}.ts", moved, range(19 * stretch, 19 * stretch + 19))
        content += only.read_bytes()
    path = tmp_path / "stretches.ts"
    path.write_bytes(content)
    seen = Seen(path)
    assert_looked_at_throughout(seen)
    _, t, number = seen.looks[-1]
    assert number_of(frame_at(path, t, counted=seen.counted[0]).image) == number


def assert_looked_at_throughout(seen: Seen) -> None:
    times = [t for _, t, _ in seen.looks]
    assert max(np.diff([0, *seen.numbers(), COUNT])) <= 31
    assert times == sorted(times)
    assert (seen.share, seen.unseen) == (1.0, [])


def test_what_lies_behind_broken_packets_is_looked_at_and_what_was_broken_is_said(tmp_path: Path) -> None:
    for suffix in ("mp4", "mkv", "ts"):
        whole = encode(tmp_path / f"whole.{suffix}", 500, options=KEYS)
        seen = Seen(broken(whole, tmp_path / f"broken.{suffix}", 100, 350))
        assert [number for number in seen.numbers() if number > 360], suffix
        assert seen.numbers()[-1] >= 490, suffix
        assert seen.share == pytest.approx(0.5, abs=0.02), suffix
        assert any("from 3.9 to 14" in said or "from 4.0 to 14" in said for said in seen.unseen), (suffix, seen.unseen)
        assert not any("the rest was looked at" in said for said in seen.warnings)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_what_lies_behind_a_hole_is_looked_at(tmp_path: Path, suffix: str) -> None:
    whole = encode(tmp_path / f"whole.{suffix}", 500, options=KEYS)
    seen = Seen(with_hole(whole, tmp_path / f"hole.{suffix}", 0.2, 0.7))
    assert seen.numbers()[-1] >= 490
    assert 0.4 < seen.share < 0.6
    assert seen.unseen


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_file_that_is_cut_off_says_how_much_of_it_there_is(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"whole.{suffix}"
    with av.open(str(encode(tmp_path / "source.mp4", 500, options=KEYS))) as given:
        options = {"movflags": "faststart"} if suffix == "mp4" else {}
        with av.open(str(path), "w", options=options) as made:
            stream = made.add_stream_from_template(given.streams.video[0])
            for packet in given.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    made.mux(packet)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    seen = Seen(path)
    assert 0.4 < seen.share < 0.6
    assert any("cut off" in said for said in seen.unseen)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_slide_show_is_looked_at_as_a_whole(tmp_path: Path, suffix: str) -> None:
    plain = encode(tmp_path / "plain.mp4", 20, options={"bf": "0", "g": "1"})

    def slowly(place: int, packet: Any) -> None:
        packet.pts = packet.dts = round(5 * place / packet.time_base)

    seen = Seen(remuxed(plain, tmp_path / f"slides.{suffix}", slowly))
    assert seen.numbers() == list(range(20))
    assert (seen.share, seen.unseen) == (1.0, [])


@pytest.mark.parametrize("size", [0x3FFFFFFF, 0x20000000])
def test_a_packet_that_says_it_is_larger_than_all_memory_is_damage_and_not_the_end_of_the_look(tmp_path: Path, size: int) -> None:
    path = encode(tmp_path / "claims.mp4", COUNT, "libx264", KEYS)
    content = bytearray(path.read_bytes())
    sizes = content.index(b"stsz") + 16
    content[sizes + 4 * 60 : sizes + 4 * 61] = size.to_bytes(4, "big")
    path.write_bytes(content)
    seen = Seen(path)
    assert len(seen.looks) > 8
    assert all(number == round(t * FPS) for _, t, number in seen.looks)
    assert seen.share < 0.95
    assert seen.unseen


def test_a_broken_packet_whose_neighbours_were_looked_at_leaves_nothing_unseen(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mp4", 250, options={"g": "1"})
    seen = Seen(broken(whole, tmp_path / "scratched.mp4", 100, 102))
    assert (seen.share, seen.unseen) == (1.0, [])
    assert any("2 of 250 packets" in said for said in seen.warnings)


def test_work_that_ends_before_the_file_says_how_much_was_looked_at(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.mp4", 500, options=KEYS)
    with MediaReader(path) as reader:
        frames = reader.frames(4.0, 1280, deadline=0.0)
        with pytest.raises(MediaUnreadable) as raised:
            next(frames)
    assert "in the time for one file" in raised.value.what
