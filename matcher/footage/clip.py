"""A protected clip as it is remembered: a small map of every quarter of a second, and local features of its keyframes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.footage.details import Details, Grey, details_of, resized
from matcher.footage.structure import Map, map_of

SIDE, SMALL_SIDE = 480, 200
"""Pixels on the long side of a keyframe as its features are taken: at both, so that it is found small within another."""

MOST, MOST_SMALL = 400, 200
KEYFRAME_SECONDS = 1.0
STEPS = 60
"""Of a map's numbers to one unit of local contrast, as they are kept."""

_LIKE_THE_LAST = 0.985


@dataclass(frozen=True)
class Clip:
    """times (n,) seconds of the maps; maps (n, HEIGHT, WIDTH) int8; details: of each keyframe, as it is and mirrored."""

    times: NDArray[np.float32]
    maps: NDArray[np.int8]
    details: tuple[tuple[bool, Details], ...]

    @cached_property
    def seen(self) -> NDArray[np.float32]:
        """The maps (n, HEIGHT, WIDTH) as they were."""
        return np.asarray(self.maps / STEPS, np.float32)

    @cached_property
    def mirrored(self) -> NDArray[np.float32]:
        """The maps (n, HEIGHT, WIDTH) of the mirrored clip."""
        return np.ascontiguousarray(self.seen[:, :, ::-1])

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What a template keeps of it."""
        held = [details for _, details in self.details]
        return {
            "times": self.times,
            "maps": self.maps,
            "points": np.concatenate([d.points for d in held]).astype(np.float16),
            "descriptors": np.concatenate([d.descriptors for d in held]),
            "counts": np.array([len(d.points) for d in held], np.int32),
            "mirrored": np.array([mirrored for mirrored, _ in self.details], np.bool_),
            "size": np.array(held[0].size, np.int32),
        }


def clip_of(arrays: Mapping[str, NDArray[Any]]) -> Clip:
    """The clip that a template keeps."""
    ends = np.cumsum(arrays["counts"])
    width, height = (int(side) for side in arrays["size"])
    details = tuple(
        (
            bool(mirrored),
            Details(
                arrays["points"][end - count : end].astype(np.float32), arrays["descriptors"][end - count : end], (width, height)
            ),
        )
        for mirrored, count, end in zip(arrays["mirrored"], arrays["counts"], ends, strict=True)
    )
    return Clip(arrays["times"], arrays["maps"], details)


class ClipMaker:
    """Takes in the frames of a clip one by one, four or more a second, and makes a Clip of them."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._maps: list[Map] = []
        self._details: list[tuple[bool, Details]] = []
        self._last: tuple[float, int, Map] | None = None

    def see(self, t: float, shot: int, grey: Grey) -> None:
        """t: seconds. shot: its number; the first frame of each is a keyframe. grey: any size, upright."""
        shown = map_of(grey)
        self._times.append(t)
        self._maps.append(shown)
        if self._is_key(t, shot, shown):
            self._last = t, shot, shown
            for mirrored in (False, True):
                picture = np.ascontiguousarray(grey[:, ::-1]) if mirrored else grey
                self._details.append((mirrored, keyframe(picture)))

    def _is_key(self, t: float, shot: int, shown: Map) -> bool:
        if self._last is None or shot != self._last[1]:
            return True
        if t - self._last[0] < KEYFRAME_SECONDS - 1e-3:
            return False
        last = self._last[2].ravel()
        return bool(shown.ravel() @ last < _LIKE_THE_LAST * np.linalg.norm(shown) * np.linalg.norm(last))

    @property
    def seen(self) -> int:
        """How many frames were."""
        return len(self._times)

    def made(self) -> Clip:
        """The clip, once a frame was seen."""
        maps = np.clip(np.rint(np.stack(self._maps) * STEPS), -127, 127).astype(np.int8)
        return Clip(np.array(self._times, np.float32), maps, tuple(self._details))


def keyframe(grey: Grey) -> Details:
    """Its features at two sizes, in pixels of the larger one."""
    large = resized(grey, SIDE)
    fine, coarse = details_of(large, MOST), details_of(resized(grey, SMALL_SIDE), MOST_SMALL)
    points = coarse.points.copy()
    points[:, :3] *= large.shape[1] / coarse.size[0]
    return Details(np.concatenate([fine.points, points]), np.concatenate([fine.descriptors, coarse.descriptors]), fine.size)
