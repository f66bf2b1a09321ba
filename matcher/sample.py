"""What recognisers are given: frames and sound of scanned files, and the samples that subjects are enrolled with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from matcher.errors import ReferenceRefused
from registry.kinds import SampleKind
from registry.types import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Frame:
    """One frame of a video, or a still picture, upright.

    t: seconds from the start of the media. shot: index of the shot it belongs to. image: the frame as it is looked at;
    scale: how many pixels of the full-size frame one pixel of image stands for. track: the picture sequence of the file, from 0.
    """

    track = 0

    def __init__(self, t: float, image: Image, shot: int, scale: float = 1.0) -> None:
        self.t, self.shot, self.scale = t, shot, scale
        self._image = image

    @property
    def image(self) -> Image:
        """(h, w, 3) BGR, upright."""
        return self._image

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels at full size."""
        return self._image.shape[1] * self.scale, self._image.shape[0] * self.scale

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of image, without making it."""
        width, height = self.size
        return max(1, round(height / self.scale)), max(1, round(width / self.scale))

    def within(self, side: int) -> Image:
        """The frame with at most side pixels on its long side, for a look that needs no more."""
        height, width = self._image.shape[:2]
        ratio = side / max(height, width)
        if ratio >= 1:
            return self._image
        # Whoever has a frame has these libraries; whoever only needs the words of this module waits for neither.
        import cv2
        import numpy as np

        small = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        return np.asarray(cv2.resize(self._image, small, interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True)
class SoundTrack:
    """As the file has it: samples a second, and channels."""

    rate: int
    channels: int


@dataclass(frozen=True)
class Block:
    """samples (n,) at 16 kHz, -1 to 1, without a break; start: of the first, in seconds from the file's beginning."""

    start: float
    samples: "NDArray[np.float32]"


class SoundSource(Protocol):
    """A file's sound; see `matcher.media.sound.SoundReader`."""

    @property
    def tracks(self) -> tuple[SoundTrack, ...]: ...

    @property
    def unheard(self) -> list[str]: ...

    def blocks(self, track: int, deadline: float = ...) -> Iterator[Block]: ...


@dataclass(frozen=True)
class ClipSample:
    """A video that a subject is enrolled with. frames: reads it from its beginning, at so many frames a second, with at most so
    many pixels on the long side; a frame serves until the next one is asked for. source: reads its sound from its beginning;
    None where it is not known to have any. Both raise MediaUnreadable."""

    frames: Callable[[float, int], Iterator[Frame]]
    source: Callable[[], SoundSource] | None = None


@dataclass(frozen=True)
class RecordingSample:
    """A sound that a subject is enrolled with. source: reads it from its beginning. Raises MediaUnreadable."""

    source: Callable[[], SoundSource]


Sample: TypeAlias = "Image | ClipSample | RecordingSample"
"""What is enrolled: a picture, (h, w, 3) BGR upright, a clip, or a recording."""


def kind_of(sample: Sample) -> SampleKind:
    match sample:
        case ClipSample():
            return SampleKind.CLIP
        case RecordingSample():
            return SampleKind.RECORDING
        case _:
            return SampleKind.PICTURE


def picture_in(sample: Sample) -> Image:
    """The sample of who takes pictures alone. Raises ReferenceRefused."""
    if isinstance(sample, ClipSample | RecordingSample):
        raise _not(SampleKind.PICTURE, sample)
    return sample


def clip_in(sample: Sample) -> ClipSample:
    """The sample of who takes clips alone. Raises ReferenceRefused."""
    if not isinstance(sample, ClipSample):
        raise _not(SampleKind.CLIP, sample)
    return sample


def recording_in(sample: Sample) -> RecordingSample:
    """The sample of who takes recordings alone. Raises ReferenceRefused."""
    if not isinstance(sample, RecordingSample):
        raise _not(SampleKind.RECORDING, sample)
    return sample


def _not(wanted: SampleKind, sample: Sample) -> ReferenceRefused:
    return ReferenceRefused(f"It is a {kind_of(sample).value}, and no {wanted.value}.", f"Use a {wanted.value}.")


@dataclass(frozen=True)
class ReferenceSpan:
    """Which seconds of a clip or a recording are seen or heard again. at: what of it is shown at the appearance's best second."""

    start: float
    end: float
    at: float


@dataclass(frozen=True)
class ReferencePart:
    """Which seconds of which reference one of several joined appearances shows."""

    reference_id: str
    shows: ReferenceSpan
