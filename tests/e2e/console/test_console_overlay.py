"""The box over the video is where the subject is in the very frame that is painted, also where frames last differently long."""

from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from crawler.videos import Capture, Video
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.kinds import Modality, PartyKind, SubjectKind
from registry.parties import Party
from registry.subjects import Subject
from reports.matches import MatchRow
from tests.support.console import Console, served
from tests.support.mandated import mandate_all
from tests.support.soundness import Enter

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
STEP, SIDE, WIDTH, HEIGHT = 36, 30, 480, 270
# Milliseconds; no two gaps that follow one another are alike, and the longest is five times the shortest.
TIMES = (0, 120, 400, 500, 1000, 1133, 1400, 1900, 2020, 2320, 2421, 2900)

LOOK = """
window.look = () => {
  const video = document.querySelector(".item video"), rect = document.querySelector(".boxes rect");
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  const drawn = canvas.getContext("2d");
  drawn.drawImage(video, 0, 0);
  const row = drawn.getImageData(0, canvas.height / 2, canvas.width, 1).data;
  let sum = 0, count = 0;
  for (let x = 0; x < canvas.width; x += 1) if (row[4 * x] > 150) { sum += x; count += 1; }
  const box = rect.hasAttribute("hidden") ? null : Number(rect.getAttribute("x")) + Number(rect.getAttribute("width")) / 2;
  return { seen: count ? sum / count : null, box, t: Number(rect.dataset.t) };
};
window.at = t => new Promise(done => {
  const video = document.querySelector(".item video");
  video.requestVideoFrameCallback(() => done(window.look()));
  // Where it stands at that frame already, none is painted anew.
  video.addEventListener("seeked", () => setTimeout(() => done(window.look()), 2000), { once: true });
  video.currentTime = t;
});
window.played = async rate => {
  const video = document.querySelector(".item video"), found = [];
  await window.at(0.05);
  video.playbackRate = rate;
  const each = () => { found.push(window.look()); video.requestVideoFrameCallback(each); };
  video.requestVideoFrameCallback(each);
  const ended = new Promise(done => video.addEventListener("ended", done, { once: true }));
  await video.play();
  await ended;
  return found;
};
"""


def variable(path: Path) -> bytes:
    """H.264 whose frames stand as long as TIMES says; in each a bright square is a step further to the right."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "10", "g": "5"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, at in enumerate(TIMES):
            picture = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
            x = number * STEP
            picture[HEIGHT // 2 - SIDE : HEIGHT // 2 + SIDE, x : x + SIDE] = 240
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path.read_bytes()


def times_in(path: Path) -> list[float]:
    """Of the frames, in seconds, as a decoder tells them."""
    with av.open(str(path)) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, list[float]]]:
    """A console with one match in such a clip, and the times of the clip's frames."""
    folder = tmp_path_factory.mktemp("overlay")
    content, times = variable(folder / "clip.mp4"), times_in(folder / "clip.mp4")
    assert len({round(after - before, 3) for before, after in pairwise(times)}) > 5, "the clip's frames last alike"
    init_workspace(folder / "work")
    with open_workspace(folder / "work") as workspace, workspace.session() as session:
        held = workspace.vault.put([content])
        session.add(Party(id="p1", name="Guild of Players", kind=PartyKind.UNION))
        session.flush()
        session.add(Subject(id="square", party_id="p1", name="The Square", kind=SubjectKind.CHARACTER))
        session.add(Video(id="v1", media_url="https://cdn.example/v1.mp4"))
        session.flush()
        mandate_all(session)
        told = {"manifest_sha256": "0" * 64, "media_type": "video/mp4", "final_url": "https://cdn.example/v1.mp4"}
        capture = Capture(id="c1", video_id="v1", captured_at=AT, media_sha256=held.sha256, media_size=len(content), **told)
        session.add(capture)
        session.flush()
        session.add(a_match(times))
        session.commit()
        with served(workspace) as console:
            yield console, times


def a_match(times: list[float]) -> MatchRow:
    top, bottom = HEIGHT / 2 - SIDE, HEIGHT / 2 + SIDE
    boxes = [[t, number * STEP, top, number * STEP + SIDE, bottom] for number, t in enumerate(times)]
    numbers = dict.fromkeys(("score", "threshold", "margin", "expected_false_matches"), 0.5)
    numbers |= dict.fromkeys(("best_x1", "best_y1", "best_x2", "best_y2"), 1.0)
    made = MatchRow(id="m1", capture_id="c1", subject_id="square", reference_id="r", found_at=AT, boxes=boxes, **numbers)
    made.t_start, made.t_end, made.best_t = times[-1], times[-1], times[-1]
    made.modality, made.encoder, made.pack = Modality.ARTWORK, "enc", "open"
    return made


def frame_of(middle: float) -> int:
    """Which frame it is whose square's middle is there."""
    return round((middle - SIDE / 2) / STEP)


def test_paused_no_frame_is_off_and_playing_one_at_most(shown: tuple[Console, list[float]], enter: Enter) -> None:
    console, times = shown
    page = enter(console, console.account("P. Legal", Role.REVIEWER, "p1").name).new_page()
    # A busy machine takes its time to decode the first frame.
    page.set_default_timeout(240_000)
    page.add_init_script("localStorage.setItem('semblance.play', 'off');" + LOOK)
    page.goto("/queue/m1")
    page.wait_for_function("() => document.querySelector('.boxes rect').dataset.t !== undefined")
    seen = set()
    for t, after in pairwise(times):
        got = page.evaluate("t => window.at(t)", (t + after) / 2)
        seen.add(frame_of(got["seen"]))
        assert frame_of(got["seen"]) == frame_of(got["box"]), got
        assert got["box"] == pytest.approx(got["seen"], abs=2), "in the frame's own place, and not on the way to the next"
    # Which frame a browser paints for a moment between two is its own affair; it painted nearly all of them.
    assert len(seen) > len(times) // 2
    # Slowly, so that a machine with much to do still paints each.
    played = [each for each in page.evaluate("window.played(0.25)") if each["seen"] is not None]
    assert len({frame_of(each["seen"]) for each in played}) > 5
    assert max(abs(frame_of(each["seen"]) - frame_of(each["box"])) for each in played) <= 1, played
