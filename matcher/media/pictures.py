"""Still pictures, and files of several of them, by Pillow's decoders: upright, and large ones scaled down."""

import math
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from matcher.errors import MediaUnreadable
from matcher.media.bounds import MAX_PICTURE_PIXELS, MAX_SCALED_PIXELS, SCALED_PIXELS, WHOLE_PIXELS
from matcher.media.given import GivenMedia
from registry.types import Image

# Files of these may hold more than the picture that a viewer shows, and are looked at as a whole when they are scanned; photos of
# phones are read by `read_still` alone, as HEIF.
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
BAND = 1 << 22
"""Pixels that are converted at a time."""

# The limits below take the place of Pillow's own, which stands between them.
Pillow.MAX_IMAGE_PIXELS = MAX_SCALED_PIXELS


def read_picture(path: Path | BinaryIO) -> Image:
    """A still picture, upright; one of more than WHOLE_PIXELS scaled down. path: or an open file that has a name.

    Raises MediaUnreadable.
    """
    return read_still(path)[0]


def read_still(path: Path | BinaryIO) -> tuple[Image, float]:
    """A still picture, upright, and how many pixels of its full size one of its pixels stands for. Raises MediaUnreadable."""
    try:
        with open_still(path, _of_stills()) as still:
            return read_whole(still)
    except (MediaUnreadable, MemoryError):
        raise
    except UnidentifiedImageError as error:
        what = f"{path.name} cannot be read as a picture: it is damaged, or of a kind that is not known."
        raise MediaUnreadable(what, "Use a JPEG, PNG or WebP file.") from error
    except Exception as error:
        # Pillow's decoders raise whatever their format's parser met: OSError, ValueError, SyntaxError, struct.error ...
        raise MediaUnreadable(f"{path.name} cannot be read as a picture ({error}).", "Use a JPEG, PNG or WebP file.") from error


@cache
def _of_stills() -> tuple[str, ...]:
    """The formats of a single picture, with the decoder of HEIF loaded."""
    from pi_heif import register_heif_opener

    register_heif_opener(thumbnails=False)
    return (*PICTURE_FORMATS, "HEIF")


def open_still(path: Path | BinaryIO, formats: tuple[str, ...] = PICTURE_FORMATS) -> Pillow.Image:
    """The picture, not yet decoded. Raises MediaUnreadable for one too large, and whatever Pillow does for what is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
        try:
            still = Pillow.open(path.opened() if isinstance(path, GivenMedia) else path, formats=formats)
        except Pillow.DecompressionBombError as error:
            raise _too_large(path.name, MAX_SCALED_PIXELS) from error
    most = MAX_SCALED_PIXELS if _comes_scaled(still) else MAX_PICTURE_PIXELS
    if still.width * still.height > most:
        still.close()
        raise _too_large(path.name, most)
    return still


def _too_large(name: str, most: int) -> MediaUnreadable:
    return MediaUnreadable(
        f"{name} claims more than the {most:,} pixels that are read.", "Save it smaller, at most 12,000 pixels on a side."
    )


def _comes_scaled(still: Pillow.Image) -> bool:
    """Whether its decoder never holds all its pixels."""
    return still.format in ("JPEG", "MPO") and "progressive" not in still.info


def read_whole(still: Pillow.Image) -> tuple[Image, float]:
    """The picture that it stands at, and its scale, as read_still says."""
    width, pixels = still.width, still.width * still.height
    if pixels <= WHOLE_PIXELS:
        return _bgr(ImageOps.exif_transpose(still)), 1.0
    if still.format in ("JPEG", "MPO"):
        least = next(n for n in (2, 4, 8) if pixels / n**2 <= WHOLE_PIXELS)
        still.draft("RGB", (still.width // least, still.height // least))
    factor = math.ceil(math.sqrt(still.width * still.height / SCALED_PIXELS))
    orientation = still.getexif().get(0x0112, 1)
    small = Pillow.fromarray(np.concatenate(list(_bands(still, factor)))[:, :, ::-1])
    small.getexif()[0x0112] = orientation
    return _bgr(ImageOps.exif_transpose(small)), width / small.width


def _bands(still: Pillow.Image, factor: int) -> Iterator[Image]:
    """The picture from top to bottom, scaled down by a whole factor; never more than a band of it is converted at once."""
    rows = max(1, BAND // still.width // factor) * factor
    for top in range(0, still.height, rows):
        band = _bgr(still.crop((0, top, still.width, min(still.height, top + rows))))
        yield np.asarray(Pillow.fromarray(band).reduce(factor)) if factor > 1 else band


def _bgr(upright: Pillow.Image) -> Image:
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        # What is transparent shows white, as on most pages; black would swallow dark outlines.
        rgba = upright.convert("RGBA")
        upright = Pillow.alpha_composite(Pillow.new("RGBA", rgba.size, "white"), rgba)
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])
