"""Every embedding that looking at a clip makes, for tests that look for them where they must not be."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matcher.face.recogniser import FaceRecogniser, FaceWatcher
from matcher.face.tracks import Track
from matcher.media import MediaReader
from matcher.scan import LONG_SIDE, RATE
from matcher.types import Gallery


class ListeningWatcher(FaceWatcher):
    """Hands out what the watcher keeps to itself: the vector of each view, and of each track."""

    def __init__(self, recogniser: FaceRecogniser, gallery: Gallery) -> None:
        recogniser.watch(gallery)
        super().__init__(recogniser, list(recogniser._galleries.values()))
        self.heard: list[np.ndarray] = []

    def _end(self, tracks: Sequence[Track]) -> None:
        for track in tracks:
            self.heard += list(self._recogniser.describe(track.views, among=len(track.views)))
        before = [len(ended) for _, ended in self._ended]
        super()._end(tracks)
        for (_, ended), known in zip(self._ended, before, strict=True):
            self.heard += [vector for _, vector in ended[known:] if vector is not None]


def vectors_of(recogniser: FaceRecogniser, gallery: Gallery, clip: Path) -> list[np.ndarray]:
    """gallery: must hold somebody's face, for where nobody is looked for nothing is encoded."""
    watcher = ListeningWatcher(recogniser, gallery)
    with MediaReader(clip) as reader:
        for frame in reader.frames(RATE, LONG_SIDE):
            watcher.see(frame)
    watcher.conclude()
    return watcher.heard
