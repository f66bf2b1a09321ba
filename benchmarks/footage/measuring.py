"""What is found of copies, where, and what it costs: one video at a time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.footage.clip import SIDE, Clip, ClipMaker
from matcher.footage.following import Stretch
from matcher.footage.table import FootageTable
from matcher.footage.watching import FootageWatch, grey_of
from matcher.media import MediaReader
from matcher.scan import LONG_SIDE, RATE


@dataclass(frozen=True)
class Seen:
    """duration: seconds. frames: that were looked at."""

    stretches: tuple[Stretch, ...]
    duration: float
    frames: int


def clip_of_file(path: Path) -> Clip:
    """What is remembered of a clip, also of one that would be too short to be enrolled."""
    maker = ClipMaker()
    with MediaReader(path, threads=1) as reader:
        for frame in reader.frames(RATE, LONG_SIDE):
            maker.see(frame.t, frame.shot, grey_of(frame, SIDE))
    return maker.made()


def watched(path: Path, clips: Sequence[Clip], table: FootageTable) -> Seen:
    """What a video shows of the clips."""
    watch, count = FootageWatch(clips, table), 0
    with MediaReader(path, threads=1) as reader:
        for frame in reader.frames(RATE, LONG_SIDE):
            watch.see(frame)
            count += 1
        return Seen(tuple(watch.stretches()), reader.info.duration, count)


def cost(paths: Sequence[Path], clips: Sequence[Clip]) -> float:
    """Processor time of looking for clips that are not shown, as a share of decoding alone; the better of two rounds each."""
    table = FootageTable(clips)

    def decoding() -> None:
        for path in paths:
            with MediaReader(path, threads=1) as reader:
                for _ in reader.frames(RATE, LONG_SIDE):
                    pass

    def looking() -> None:
        for path in paths:
            watched(path, clips, table)

    bare = min(_seconds(decoding) for _ in range(2))
    return min(_seconds(looking) for _ in range(2)) / bare - 1


def _seconds(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
