"""Voices from the command line: recordings are enrolled, a voice is heard in a video, and it comes to a letter and a bundle."""

import io
import json
import re
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.voice_conditions import added, music
from matcher.media.sound import SoundReader
from matcher.sound_bounds import SOUND_RATE
from monitor.workspace import open_workspace
from tests.support.command_desk import Desk
from tests.support.console import served
from tests.support.loopback_site import Site
from tests.support.put_up import put_up
from tests.support.tiny_voices import PACK, silence, tiny_voice_pack, video, voice
from tests.support.watched_site import SETTINGS

CONSIDERED = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No comment, no parody.")


@pytest.fixture(autouse=True)
def models(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny pack, in the workspace's use beside no pack for faces."""
    tiny_voice_pack(tmp_path / "models")
    monkeypatch.setenv("SEMBLANCE_MODELS", str(tmp_path / "models"))
    assert "beside its others" in desk.run("models", "use", PACK).stdout


@pytest.fixture
def ada(desk: Desk, tmp_path: Path) -> str:
    """A person with a mandate that names the voice."""
    (tmp_path / "mandate.txt").write_text("The union may act for Ada's voice.")
    desk.run("party", "add", "Union", "--kind", "union", "--email", "legal@union.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "Ada", "--kind", "person", "--party", "Union")
    given = ("--from", "2020-01-01", "--verified-by", "R. Reader")
    desk.run("mandate", "add", "Ada", tmp_path / "mandate.txt", *given, "--scope", "voice", "--scope", "face")
    desk.run("mandate", "add", "Ada", tmp_path / "mandate.txt", *given, "--scope", "voice", "--scope", "face", "--consent")
    return "Ada"


@pytest.fixture
def spoken(shared_data: Path) -> list[np.ndarray]:
    """What three people of LibriSpeech say."""
    folders = sorted(path for path in (shared_data / "voice").iterdir() if path.is_dir())[:3]
    return [
        np.concatenate([block.samples for path in sorted(folder.glob("*.flac")) for block in SoundReader(path).blocks(0)])
        for folder in folders
    ]


def said(done: str) -> str:
    return " ".join(done.split())


def recorded(path: Path, *parts: np.ndarray) -> Path:
    return video(path, np.concatenate(parts), 0.0, pictures=False, rate=SOUND_RATE if path.suffix == ".wav" else 48_000)


def test_from_a_recording_to_a_letter_and_a_verified_bundle(desk: Desk, site: Site, ada: str, tmp_path: Path) -> None:
    files = [recorded(tmp_path / f"day{day}.m4a", voice(0, 12, day)) for day in (1, 2)]
    enrolled = desk.json("reference", "add", ada, *files)
    assert [(row["kind"], len(row["encoders"])) for row in enrolled] == [("recording", 1)] * 2
    sound = np.concatenate([silence(2), voice(0, 5, 9), silence(2), voice(4, 5, 9)])
    video(tmp_path / "copy.mp4", sound, 14.0)
    video(tmp_path / "strange.mp4", voice(2, 8, 9), 8.0)
    video(tmp_path / "mute.mp4", None, 3.0)
    put_up(site, tmp_path / "copy.mp4", tmp_path / "strange.mp4", tmp_path / "mute.mp4")
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")

    assert desk.json("run", "--once")["new_matches"] == 1, "of the copy one, of the others none"
    (match,) = desk.json("review", "list")
    assert (match["subject"], match["modality"], match["pack"], match["band"]) == ("Ada", "voice", PACK, "possible")
    assert (match["from"], match["to"]) == (pytest.approx(2, abs=0.5), pytest.approx(7, abs=0.5))
    assert any("The voice resembles" in reason for reason in match["reasons"])
    assert not any("Seen in" in reason for reason in match["reasons"])

    desk.run("review", "confirm", match["id"], "--reviewer", "R. Viewer", "--reason", "It is her voice.")
    (case,) = desk.json("case", "list")
    asked = ("notice", "draft", case["id"], "--by", "C. Ounsel", *CONSIDERED)
    refused = said(desk.run(*asked, "--law", "dmca", code=2).stderr)
    assert "a voice is none" in refused or "bare likeness" in refused
    notice = desk.json(*asked, "--law", "tenn_elvis")
    assert Path(notice["pdf"]).read_bytes().startswith(b"%PDF")
    letter = said(re.sub("<[^>]+>", "", zipfile.ZipFile(notice["docx"]).read("word/document.xml").decode()))
    assert "The use of a person's voice without consent" in letter
    assert "The voice that is heard resembles that of Ada. This notice does not state who, or what, spoke." in letter
    assert desk.json("report", "weekly", "--party", "Union")["confirmed"] == 1

    bundle = Path(desk.json("evidence", "export", case["id"])["bundle"])
    assert "Whole" in desk.run("evidence", "verify", bundle).stdout
    (entry,) = json.loads((bundle / "data" / "matches.json").read_text())["matches"]
    assert (entry["modality"], entry["best_box"], entry["stills"]) == ("voice", None, [])
    (replay,) = desk.json("evidence", "replay", bundle)
    assert (replay["match_id"], replay["holds"]) == (match["id"], True)


def test_a_voice_is_looked_for_only_under_a_mandate_that_names_it(desk: Desk, site: Site, tmp_path: Path) -> None:
    desk.run("party", "add", "Union", "--kind", "union")
    desk.run("subject", "add", "Bo", "--kind", "person", "--party", "Union")
    (tmp_path / "mandate.txt").write_text("The union may act for Bo.")
    given = ("--from", "2020-01-01", "--verified-by", "R. Reader")
    desk.run("mandate", "add", "Bo", tmp_path / "mandate.txt", *given)
    desk.run("mandate", "add", "Bo", tmp_path / "mandate.txt", *given, "--consent")
    added = desk.run("reference", "add", "Bo", recorded(tmp_path / "bo.m4a", voice(0, 12)))
    assert "Nobody listens for Bo: no valid mandate names the voice." in said(added.stderr)
    put_up(site, video(tmp_path / "copy.mp4", voice(0, 6, 9), 6.0))
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    done = desk.json("run", "--once")
    assert done["new_matches"] == 0
    assert "1 recording is not listened for: no valid mandate for who speaks there names the voice." in done["problems"]


def test_recordings_are_refused_or_advised_on_in_words(desk: Desk, ada: str, tmp_path: Path) -> None:
    two = recorded(tmp_path / "two.m4a", voice(0, 6), silence(1), voice(4, 6))
    for file, why, remedy in (
        (recorded(tmp_path / "short.m4a", voice(0, 1.4), silence(2)), "s of speech, and one person has to speak for 2 s", "10 s"),
        (recorded(tmp_path / "silent.m4a", silence(4)), "no speech", "the person alone speaks"),
        (two, "2 people speak in it", "Cut it to the one"),
        (video(tmp_path / "mute.mp4", None, 2.0), "It is a clip; a person is enrolled with a picture or a recording", "footage"),
    ):
        refused = said(desk.run("reference", "add", ada, file, code=1).stderr)
        assert why in refused
        assert remedy in refused
    short = desk.run("reference", "add", ada, recorded(tmp_path / "five.m4a", voice(0, 5, 1)))
    assert "10 s and more tell a voice better" in said(short.stderr)
    loud = desk.run("reference", "add", ada, recorded(tmp_path / "loud.wav", np.clip(8 * voice(0, 12, 2), -0.5, 0.5)))
    assert "clipped" in said(loud.stderr)
    (of_a_video,) = desk.json("reference", "add", ada, video(tmp_path / "talks.mp4", voice(0, 11, 3), 11.0))
    assert of_a_video["kind"] == "recording"
    again = desk.json("reference", "add", ada, tmp_path / "talks.mp4")
    assert [row["id"] for row in again] == [of_a_video["id"]]
    worth = desk.json("reference", "check", ada)
    assert [round(row["speech"]) for row in worth["references"]] == [5, 12, 11]
    assert [row["agreement"] > 0.9 for row in worth["references"]] == [True, False, True], "what is clipped agrees less"
    assert {row["width"] for row in worth["references"]} == {None}


def test_a_recording_of_somebody_else_is_a_doubt_until_a_person_has_listened(desk: Desk, ada: str, tmp_path: Path) -> None:
    desk.run("subject", "add", "Bo", "--kind", "person", "--party", "Union")
    desk.json("reference", "add", ada, recorded(tmp_path / "ada.m4a", voice(0, 12, 1)))
    mixed_up = recorded(tmp_path / "bo.m4a", voice(0, 12, 2))
    assert "resembles that of 'Ada', who is enrolled already" in said(desk.run("reference", "add", "Bo", mixed_up, code=1).stderr)
    other = recorded(tmp_path / "other.m4a", voice(4, 12, 2))
    assert "does not agree with the other recordings of 'Ada'" in said(desk.run("reference", "add", ada, other, code=1).stderr)
    desk.json("reference", "add", "Bo", mixed_up, "--despite-likeness", "compared")


def test_the_console_lets_a_reviewer_hear_the_video_and_the_recording(desk: Desk, site: Site, ada: str, tmp_path: Path) -> None:
    desk.json("reference", "add", ada, recorded(tmp_path / "ada.m4a", voice(0, 12, 1)))
    put_up(site, video(tmp_path / "copy.mp4", voice(0, 6, 9), 6.0))
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    desk.run("run", "--once")
    (match,) = desk.json("review", "list")
    with open_workspace(desk.root) as workspace, served(workspace) as console:
        secret = console.cookie(None)
        page = console.ask("GET", f"/queue/{match['id']}", secret).text
        assert "The voice resembles the one in the reference: who, or what, spoke is not known" in page
        (shown,) = re.findall("<video[^>]*>", page)
        assert "muted" not in shown
        (source,) = re.findall('<audio[^>]* src="([^"]+)"', page)
        heard = console.ask("GET", source, secret)
        assert (heard.status, heard.headers["content-type"]) == (200, "audio/wav")
        with wave.open(io.BytesIO(heard.content)) as sound:
            assert sound.getnframes() / sound.getframerate() == pytest.approx(12, abs=0.3)
        assert console.ask("GET", source.replace("sound.wav", "picture.jpg"), secret).status == 404


def test_an_erased_person_leaves_no_voice(desk: Desk, ada: str, tmp_path: Path) -> None:
    desk.json("reference", "add", ada, recorded(tmp_path / "ada.m4a", voice(0, 12, 1)))
    desk.run("erase", ada, "--reason", "She asked.", "--yes")
    assert desk.json("reference", "list") == []
    assert not [path for path in (desk.root / "vault").rglob("*") if path.is_file() and b"ftypM4A" in path.read_bytes()[:32]]


def test_one_file_is_scanned_with_what_hinders_hearing_said(desk: Desk, tmp_path: Path) -> None:
    refs = tmp_path / "refs" / "Ada"
    refs.mkdir(parents=True)
    recorded(refs / "voice.m4a", voice(0, 12, 1))
    loud = np.clip(8 * voice(0, 6, 9), -0.5, 0.5)
    files = {
        "copy": video(tmp_path / "copy.mp4", voice(0, 6, 9), 6.0),
        "sound": video(tmp_path / "sound.m4a", voice(0, 6, 9), 0.0, pictures=False),
        "surround": video(tmp_path / "surround.mkv", voice(0, 6, 9), 6.0, layout="7.1"),
        "telephone": video(tmp_path / "telephone.mkv", voice(0, 6, 9), 6.0, rate=8_000),
        "clipped": recorded(tmp_path / "clipped.wav", loud),
        "word": video(tmp_path / "word.mp4", voice(0, 1.2, 9), 3.0),
        "silent": video(tmp_path / "silent.mp4", silence(3), 3.0),
        "mute": video(tmp_path / "mute.mp4", None, 3.0),
    }
    asked = ("scan", *files.values(), "--references", tmp_path / "refs", "--pack", PACK)
    found = dict(zip(files, desk.json(*asked)["results"], strict=True))
    matched = {name for name, result in found.items() if [match["subject"] for match in result["matches"]] == ["Ada"]}
    assert {"copy", "sound", "surround", "clipped"} <= matched
    assert not found["word"]["matches"] + found["silent"]["matches"] + found["mute"]["matches"]
    for name, words in {
        "telephone": "narrow as a telephone's",
        "clipped": "is clipped",
        "word": "too little speech",
        "silent": "silent",
        "mute": "no sound",
    }.items():
        assert words in " ".join(found[name]["warnings"]), (name, found[name])
        assert not found[name]["failure"]


def test_a_real_voice_is_heard_under_music_through_aac_and_music_is_nobody(
    desk: Desk, voice_pack: Path, spoken: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.root / "semblance.toml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("SEMBLANCE_MODELS", str(voice_pack.parent))
    for name, sound in (("Ada", spoken[0]), ("Bo", spoken[1])):
        (tmp_path / "refs" / name).mkdir(parents=True)
        recorded(tmp_path / "refs" / name / "voice.m4a", sound[: 20 * SOUND_RATE])
    played = music(12 * SOUND_RATE, np.random.default_rng(3))
    under = {
        name: video(tmp_path / f"{name}.mp4", added(sound[30 * SOUND_RATE : 42 * SOUND_RATE], played, 5.0), 12.0)
        for name, sound in (("ada", spoken[0]), ("stranger", spoken[2]))
    }
    files = [*under.values(), video(tmp_path / "music.mp4", played, 12.0)]
    ada, stranger, alone = desk.json("scan", *files, "--references", tmp_path / "refs", "--pack", "voice-open")["results"]
    (match,) = ada["matches"]
    assert (match["subject"], match["band"]) == ("Ada", "possible")
    assert stranger["matches"] == alone["matches"] == []
    assert stranger["warnings"] == []
    assert "too little speech" in alone["warnings"][0]
