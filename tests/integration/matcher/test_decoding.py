"""Pictures and frames of strangers, decoded in confined processes: the same pixels as at home, and nobody hurt by a bad one."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from sqlmodel import select

from benchmarks.patterns import PatternRecogniser
from isolation.limits import Layer
from matcher.decoding import Bounds, Decoder, decoder, decoding, wire
from matcher.decoding.bounds import MOST_PIXELS
from matcher.decoding.confined_reader import ConfinedReader
from matcher.decoding.process import DecodingProcess
from matcher.errors import MediaUnreadable
from matcher.media import MediaReader, frame_at, read_picture, write_clip
from matcher.sound_bounds import MAX_SOUND_TRACKS
from monitor.roster.outcomes import Result
from monitor.roster.photos import open_photos
from monitor.roster.table import open_roster
from monitor.roster.taking_in import RosterImport
from registry.parties import Party
from tests.support.rosters import people, take_in, union_workspace, write_csv

HERE = Path(__file__).resolve().parents[2] / "support"
LIES = ("HUGE", "SHORT", "NAN", "SMALLER", "KIND", "NOTHING", "PICKLE", "OTHERWISE")


@pytest.fixture(scope="module")
def confined() -> Iterator[Decoder]:
    with Decoder() as made:
        yield made


@pytest.fixture
def touchy() -> Iterator[Decoder]:
    """One whose process for pictures crashes, hangs or lies on files that say so."""
    with decoding(Bounds(picture_seconds=30)) as made:
        made.pictures = DecodingProcess(made.bounds.memory, (HERE,), "tests.support.hostile_child:touchy")
        yield made


def drawn(height: int = 90, width: int = 120) -> Pillow.Image:
    rng = np.random.default_rng(7)
    return Pillow.fromarray(rng.integers(0, 255, (height // 10, width // 10, 3), dtype=np.uint8)).resize((width, height))


def saved(folder: Path, kind: str) -> Path:
    path = folder / f"photo.{kind.split('-')[-1]}"
    picture = drawn()
    match kind:
        case "turned-jpg":
            exif = Pillow.Exif()
            exif[0x0112] = 6
            picture.save(path, exif=exif)
        case "clear-png":
            picture.putalpha(Pillow.linear_gradient("L").resize(picture.size))
            picture.save(path)
        case "moving-gif":
            picture.save(path, save_all=True, append_images=[picture.rotate(180)])
        case _:
            picture.save(path)
    return path


@pytest.mark.parametrize("kind", ["jpg", "turned-jpg", "png", "clear-png", "webp", "avif", "gif", "moving-gif", "tiff", "bmp"])
def test_pictures_come_as_they_would_at_home(confined: Decoder, tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path, kind)
    at_home = read_picture(path)
    for source in (path, path.read_bytes(), memoryview(path.read_bytes())):
        came = confined.picture(source)
        assert came.dtype == np.uint8
        assert np.array_equal(came, at_home)
    assert at_home.shape == ((120, 90, 3) if kind == "turned-jpg" else (90, 120, 3))


def clip(path: Path) -> Path:
    frames = [np.full((96, 128, 3), 40 * shade, np.uint8) for shade in (1, 3, 5) for _ in range(25)]
    for number, frame in enumerate(frames):
        frame[:, number : number + 5] = 255
    write_clip(path, frames)
    return path


def test_frames_come_as_they_would_at_home_and_each_new_place_is_readable(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("known", "elsewhere")]
    with Decoder(readable=(folders[0],)) as confined:
        for folder in folders:
            folder.mkdir()
            path = clip(folder / "clip.mp4")
            for t in (0.0, 1.3, 2.9):
                at_home, came = frame_at(path, t), confined.frame_at(path, t)
                assert (came.t, came.scale, came.size) == (at_home.t, at_home.scale, at_home.size)
                assert np.array_equal(came.image, at_home.image)


@pytest.mark.parametrize("kind", ["video", "picture"])
def test_a_file_read_from_front_to_end_is_as_it_would_be_at_home(tmp_path: Path, kind: str) -> None:
    path = clip(tmp_path / "clip.mp4") if kind == "video" else saved(tmp_path, "png")
    with decoding(readable=(path,)), ConfinedReader(path) as confined, MediaReader(path) as home:
        count = 0
        for came, at_home in zip(confined.frames(4.0, 100), home.frames(4.0, 100), strict=True):
            assert (came.t, came.shot, came.scale, came.size) == (at_home.t, at_home.shot, at_home.scale, at_home.size)
            for side in (50, 75, 400):
                assert np.array_equal(came.within(side), at_home.within(side))
            assert np.array_equal(came.image, at_home.image)
            count += 1
        assert count > 5 if kind == "video" else count == 1
        assert confined.info == home.info
        assert (list(confined.shots), list(confined.warnings), list(confined.unseen)) == (home.shots, home.warnings, home.unseen)
        assert (confined.tracks, confined.share) == (home.tracks, home.share)


def test_what_cannot_be_read_is_refused_in_the_same_words(confined: Decoder, tmp_path: Path) -> None:
    for name, content in (
        ("empty.png", b""),
        ("text.jpg", b"no picture"),
        ("cut.png", saved(tmp_path, "png").read_bytes()[:300]),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(MediaUnreadable) as at_home:
            read_picture(path)
        with pytest.raises(MediaUnreadable) as refused:
            confined.picture(path)
        assert refused.value.what.split("(")[0] == at_home.value.what.split("(")[0]
        assert refused.value.remedy == at_home.value.remedy
    with pytest.raises(MediaUnreadable, match="is not a file"):
        confined.picture(tmp_path / "absent.jpg")
    with pytest.raises(MediaUnreadable, match="is not a file"):
        confined.frame_at(tmp_path / "absent.mp4", 0.0)


def test_a_file_too_large_to_be_handed_over_is_read_in_place(confined: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "large.bmp"
    Pillow.new("RGB", (5000, 5000), (10, 20, 30)).save(path)
    assert path.stat().st_size > 64 << 20
    assert np.array_equal(confined.picture(path)[0, 0], [30, 20, 10])


def test_both_processes_are_held_by_every_layer_and_the_one_for_pictures_opens_no_file(confined: Decoder, tmp_path: Path) -> None:
    path = saved(tmp_path, "png")
    confined.picture(path)
    confined.frame_at(path, 0.0)
    assert confined.layers == frozenset(Layer)
    assert len(set(confined.pids)) == 2
    answer = confined.pictures.ask(wire.job("picture at", path=str(path)), 20)
    assert isinstance(answer, wire.Refused)
    assert "ermission denied" in answer.what


def test_a_killed_process_costs_nothing(confined: Decoder, tmp_path: Path) -> None:
    path = saved(tmp_path, "png")
    for ask in (lambda: confined.picture(path), lambda: confined.frame_at(path, 0.0).image):
        before = ask()
        for pid in confined.pids:
            os.kill(pid, signal.SIGKILL)
        assert np.array_equal(ask(), before)


@pytest.mark.parametrize("lie", LIES)
def test_what_a_process_that_was_taken_over_says_is_not_believed(touchy: Decoder, tmp_path: Path, lie: str) -> None:
    good = saved(tmp_path, "png")
    touchy.picture(good)
    taken_over = touchy.pids
    with pytest.raises(MediaUnreadable, match=r"the decoder failed on it|Nothing sensible"):
        touchy.picture(f"LIES-{lie}".encode(), "photo.png")
    assert np.array_equal(touchy.picture(good), read_picture(good))
    assert set(touchy.pids).isdisjoint(taken_over)


@given(st.binary(max_size=200) | st.builds(lambda kind, rest: bytes([kind]) + rest, st.integers(0, 5), st.binary(max_size=80)))
def test_any_bytes_are_an_answer_within_the_limits_or_none(said: bytes) -> None:
    try:
        answer = wire.read_answer(said)
    except wire.Garbled:
        return
    match answer:
        case wire.Picture():
            assert 0 < answer.image.shape[0] * answer.image.shape[1] <= MOST_PIXELS
        case wire.Refused():
            assert len(answer.what) + len(answer.remedy) <= 2 * wire.LONGEST_TEXT
        case wire.Glimpse():
            assert answer.scale >= 1
            assert answer.t >= 0
        case wire.Sound():
            assert np.abs(answer.samples).max() <= 1
        case wire.SoundTracks():
            assert len(answer.tracks) <= MAX_SOUND_TRACKS


@pytest.mark.parametrize(
    ("word", "says"),
    [("CRASHES", "it crashed (by signal SIGABRT)"), ("RAISES", "the decoder failed on it"), ("HANGS", "it took longer than 2 s")],
)
def test_a_photo_on_which_the_decoder_fails_costs_its_own_row_alone(
    tmp_path: Path, touchy: Decoder, word: str, says: str
) -> None:
    photos = people(tmp_path / "photos", 4)
    (photos / "2" / "0.png").write_bytes(word.encode())
    roster = write_csv(tmp_path / "roster.csv", [["number", "name"], *([n, f"Member {n}"] for n in range(1, 5))])
    with union_workspace(tmp_path / "work") as workspace, decoding(Bounds(picture_seconds=2 if word == "HANGS" else 60)) as made:
        made.pictures = DecodingProcess(made.bounds.memory, (HERE,), "tests.support.hostile_child:touchy")
        made.pictures.start()
        outcomes = take_in(workspace, roster, photos)
    assert [(made.result, made.photos) for made in outcomes.values()] == [(Result.ENROLLED, photos) for photos in (3, 2, 3, 3)]
    (line,) = [line for line in outcomes[3].says if "0.png" in line]
    assert says in line
    assert "stranger" not in line


def test_a_roster_goes_in_whole_while_its_decoders_are_killed(tmp_path: Path) -> None:
    photos, count = people(tmp_path / "photos", 70), 70
    roster = write_csv(tmp_path / "roster.csv", [["number", "name"], *([n, f"Member {n}"] for n in range(1, count + 1))])
    outcomes = []
    with union_workspace(tmp_path / "work") as workspace, workspace.session() as session:
        party = session.exec(select(Party)).one()
        intake = RosterImport(session, workspace.vault, party, [PatternRecogniser()], open_photos(photos))
        killer = Thread(target=_kill_once_ready, args=(decoder(),))
        killer.start()
        for batch in intake.run(open_roster(roster)):
            outcomes += batch
            for pid in decoder().pids:
                os.kill(pid, signal.SIGKILL)
        killer.join()
    assert [(made.result, made.photos) for made in outcomes] == [(Result.ENROLLED, 3)] * count


def _kill_once_ready(made: Decoder) -> None:
    made.pictures.start()
    pid = made.pictures.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
