"""A picture that is in memory, looked at as a file would be: nothing of it is written anywhere."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from matcher.errors import NoMedia
from matcher.media import MediaInfo
from matcher.sample import SoundSource
from matcher.scan import Limits, MediaLook, Reader, look
from matcher.types import Frame, Gallery, Recogniser
from registry.types import Image


def look_at(picture: Image, gallery: Gallery, recognisers: Sequence[Recogniser], limits: Limits = Limits()) -> MediaLook:  # noqa: B008
    """Every recogniser's findings in a picture (h, w, 3) BGR."""

    def given(path: Path, *, threads: int) -> AbstractContextManager[Reader]:  # noqa: ARG001
        return nullcontext(_Still(picture))

    def silent(path: Path) -> SoundSource:
        raise NoMedia(f"{path.name} is a picture.", "Nothing can be heard in it.")

    return look(Path("picture"), gallery, recognisers, limits, given, silent)


class _Still:
    """See matcher.scan.Reader."""

    tracks, share = 1, 1.0
    shots: Sequence[tuple[float, float]] = ((0.0, 0.0),)
    warnings: Sequence[str] = ()
    unseen: Sequence[str] = ()

    def __init__(self, picture: Image) -> None:
        self._whole = Frame(0.0, picture, 0)
        self.info = MediaInfo("image", picture.shape[1], picture.shape[0], 0.0, 0.0)

    def is_counted(self, _track: int) -> bool:
        return False

    def frames(self, _rate: float, max_side: int, _deadline: float) -> Iterator[Frame]:
        smaller = self._whole.within(max_side)
        yield Frame(0.0, smaller, 0, self._whole.image.shape[1] / smaller.shape[1])
