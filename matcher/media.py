"""Pictures and videos as upright frames. The only importer of av and of Pillow's decoders."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from matcher.errors import MediaUnreadable
from matcher.shots import GRID, CutFinder
from matcher.types import Frame
from registry.types import Image

# Several processes scan side by side; threads of each would only wait for one another.
cv2.setNumThreads(1)

MAX_PICTURE_PIXELS = 100_000_000
MAX_FRAME_PIXELS = 7680 * 4320
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
# A playlist could make the demuxer open other files or addresses; only containers that hold their own bytes are read.
CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,ogg,asf,gif,apng,webp_pipe,h264,hevc,av1,obu,ivf,m4v,"
    "wav,mp3,aac,flac"
)
OPEN_SECONDS = 10.0

FARTHEST = 0.3
"""Seconds between reference frames from which on the frames between them are decoded too."""
TAKE_ANOTHER = "Check that the file is complete and plays; if it came from the web, capture it again."


@dataclass(frozen=True)
class MediaInfo:
    """Size of the upright picture in pixels; duration in seconds, 0 for a still picture or where the file does not say.

    lead_in: seconds of the file before its first picture. Times everywhere count from the first picture.
    """

    kind: str
    width: int
    height: int
    duration: float
    lead_in: float = 0.0


def read_picture(path: Path | BinaryIO) -> Image:
    """A still picture, upright. path: or an open file that has a name. Raises MediaUnreadable."""
    try:
        with _open_still(path) as still:
            return _bgr(still)
    except (MediaUnreadable, MemoryError):
        raise
    except Exception as error:
        # Pillow's decoders raise whatever their format's parser met: OSError, ValueError, SyntaxError, struct.error ...
        raise MediaUnreadable(f"{path.name} cannot be read as a picture ({error}).", "Use a JPEG, PNG or WebP file.") from error


def _open_still(path: Path | BinaryIO) -> Pillow.Image:
    too_large = MediaUnreadable(
        f"{path.name} claims more than the {MAX_PICTURE_PIXELS:,} pixels that are read.",
        "Save it smaller, at most 10,000 pixels on a side.",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
        try:
            still = Pillow.open(path, formats=PICTURE_FORMATS)
        except Pillow.DecompressionBombError as error:
            raise too_large from error
    if still.width * still.height > MAX_PICTURE_PIXELS:
        still.close()
        raise too_large
    return still


def _bgr(still: Pillow.Image) -> Image:
    upright = ImageOps.exif_transpose(still)
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        # What is transparent shows white, as on most pages; black would swallow dark outlines.
        rgba = upright.convert("RGBA")
        upright = Pillow.alpha_composite(Pillow.new("RGBA", rgba.size, "white"), rgba)
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])


class MediaReader:
    """One media file, read once from front to end.

    After frames() is exhausted, shots holds the spans between cuts in seconds and warnings what could not be read.
    threads: that decode. Raises MediaUnreadable from the constructor or from frames() when not one picture can be decoded.
    """

    def __init__(self, path: Path, *, threads: int = 2) -> None:
        self.shots: list[tuple[float, float]] = []
        self.warnings: list[str] = []
        self._path, self._threads = path, threads
        self._still: Image | None = None
        self._container: Any = None
        self._origin, self._aspect = 0.0, 1.0
        self._timed, self._reached = True, 0.0
        if not path.is_file():
            raise MediaUnreadable(f"{path.name} is not a file.", "Check the path.")
        if path.stat().st_size == 0:
            raise MediaUnreadable(f"{path.name} is empty.", TAKE_ANOTHER)
        self._still = self._read_still()
        if self._still is not None:
            height, width = self._still.shape[:2]
            self.info = MediaInfo("image", width, height, 0.0)
        else:
            self.info = self._open_video()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._container is not None:
            self._container.close()

    def frames(self, rate: float, max_side: int) -> Iterator[Frame]:
        """Frames at about rate a second and one at every cut, scaled down to at most max_side pixels on the long side.

        A frame is converted when its image is asked for, so it serves until the next one is asked for.
        """
        if self._still is not None:
            image, scale = _shrink(self._still, max_side)
            self.shots = [(0.0, 0.0)]
            yield Frame(0.0, image, 0, scale)
            return
        yield from self._video_frames(rate, max_side)

    def _read_still(self) -> Image | None:
        try:
            with _open_still(self._path) as still:
                if getattr(still, "is_animated", False):
                    return None
        except MediaUnreadable:
            raise
        except Exception:
            return None  # no picture: it may be a video
        return read_picture(self._path)

    def _open_video(self) -> MediaInfo:
        options = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS, "max_pixels": str(MAX_FRAME_PIXELS)}
        try:
            self._container = av.open(
                str(self._path.absolute()), options=options, timeout=OPEN_SECONDS, metadata_errors="replace"
            )
        except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
            raise MediaUnreadable(f"{self._path.name} is no video or picture that can be read.", TAKE_ANOTHER) from error
        if not self._container.streams.video:
            self._container.close()
            raise MediaUnreadable(f"{self._path.name} holds no pictures.", "Only files with a video stream can be looked at.")
        stream = self._container.streams.video[0]
        context = stream.codec_context
        if context is None or not context.width or not context.height:
            self._container.close()
            raise MediaUnreadable(f"{self._path.name} does not say how its video is encoded.", TAKE_ANOTHER)
        if context.width * context.height > MAX_FRAME_PIXELS:
            self._container.close()
            raise MediaUnreadable(
                f"{self._path.name} claims frames of {context.width} x {context.height} pixels.", "Frames up to 8K are read."
            )
        stream.thread_type = "AUTO"
        context.thread_count = self._threads
        self._origin = float((stream.start_time or 0) * (stream.time_base or 0))
        aspect = float(stream.sample_aspect_ratio or 1)
        self._aspect = aspect if 0.1 < aspect < 10 else 1.0
        lead_in = max(0.0, self._origin - (self._container.start_time or 0) / av.time_base)
        if lead_in > 0.1:
            self.warnings.append(
                f"The first picture comes {lead_in:.2f} s into the file; times here count from that picture, players may not."
            )
        duration = (self._container.duration or 0) / av.time_base - lead_in
        return MediaInfo("video", context.width, context.height, max(0.0, duration), lead_in)

    def _video_frames(self, rate: float, max_side: int) -> Iterator[Frame]:
        cuts, due, shot_start, t, shot = CutFinder(), 0.0, 0.0, 0.0, -1
        for time, picture in self._sparse():
            t = max(t, time)
            cut = cuts.starts_shot(_luma(picture))
            if cut:
                if shot >= 0:
                    self.shots.append((shot_start, t))
                shot, shot_start = shot + 1, t
            if cut or t >= due:
                due = (t if cut else max(due, t - 1 / rate)) + 1 / rate - 1e-6
                frame = DecodedFrame(t, picture, shot, self._aspect, max_side)
                if shot == 0 and not self.shots:
                    self.info = replace(self.info, width=round(frame.size[0]), height=round(frame.size[1]))
                yield frame
        if shot < 0:
            raise MediaUnreadable(f"Not one frame of {self._path.name} can be decoded.", TAKE_ANOTHER)
        end = max(t, min(self.info.duration, t + 1.0))
        self.shots.append((shot_start, end))
        self.info = replace(self.info, duration=end)

    def _sparse(self) -> Iterator[tuple[float, Any]]:
        """Times and frames without those that no other frame refers to: a third of the work, and every frame left is exact.

        Where that leaves too few, as in a file made to hide behind it, all frames from there on; and all where the file does
        not say when each is shown, so that they have to be counted.
        """
        context = self._container.streams.video[0].codec_context
        context.skip_frame = "NONREF"
        last = -1e-3
        for time, picture in self._decoded():
            if not self._timed or time - last > FARTHEST:
                break
            yield time, picture
            last = time
        else:
            if self._timed and self._reached - last <= FARTHEST:
                return
        self._open_again()
        yield from ((time, picture) for time, picture in self._decoded() if time > last)

    def at(self, t: float) -> Frame:
        """The frame shown at t seconds, at full size; of a still picture, the picture. Leaves the reader used up."""
        if self._still is not None:
            return Frame(0.0, self._still, 0)
        best = self._shown_at(t) if self._sought(t) else None
        if best is None or best[0] > t + 1e-3 or not self._timed:
            self._open_again()  # without an index a file is sought badly or not at all: from the start
            best = self._shown_at(t)
        if best is None:
            raise MediaUnreadable(f"{self._path.name} shows nothing at {t:.2f} s.", TAKE_ANOTHER)
        return Frame(best[0], _converted(best[1], _square(best[1], self._aspect), "BILINEAR"), 0)

    def _sought(self, t: float) -> bool:
        try:
            self._container.seek(int((max(0.0, t) + self._origin) * av.time_base))
        except (av.FFmpegError, OSError):
            return False
        return True

    def _shown_at(self, t: float) -> tuple[float, Any] | None:
        """The last frame from here on that is shown by then, or the first one of all."""
        best: tuple[float, Any] | None = None
        for time, picture in self._decoded():
            if best is not None and time > t + 1e-3:
                break
            best = time, picture
        return best

    def _open_again(self) -> None:
        self._container.close()
        self.warnings.clear()
        self._open_video()

    def _decoded(self) -> Iterator[tuple[float, Any]]:
        """Times and frames, until the end or until the bytes stop making sense: a warning, not an end of the work."""
        step = _frame_seconds(self._container.streams.video[0].average_rate)
        damaged, last = 0, -step
        packets = self._container.demux(video=0)
        while damaged < 200:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except (av.FFmpegError, OSError, ValueError):
                self.warnings.append(f"Reading stopped after {max(0.0, last):.1f} s: the file is damaged or cut off.")
                return
            if packet.size:
                self._note_time(packet)
            try:
                for picture in packet.decode():
                    last = last + step if picture.time is None else max(0.0, float(picture.time) - self._origin)
                    yield last, picture
            except (av.FFmpegError, ValueError):
                damaged += 1
        if damaged:
            self.warnings.append(f"{damaged} packets could not be decoded; the rest was looked at.")

    def _note_time(self, packet: Any) -> None:
        """Keep the latest time at which any packet is to be shown, also of those that are not decoded."""
        self._timed = self._timed and packet.pts is not None
        if packet.pts is not None:
            self._reached = max(self._reached, float(packet.pts * packet.time_base) - self._origin)


def _frame_seconds(rate: Fraction | None) -> float:
    """From one frame to the next in a file without times; where its rate is missing or absurd, as in most files."""
    return float(1 / rate) if rate and 1 <= rate <= 240 else 0.04


def _luma(picture: Any) -> NDArray[np.uint8]:
    """Luma samples of one frame on GRID, without converting it."""
    plane, component = picture.planes[0], picture.format.components[0]
    wide = component.bits > 8
    samples = np.frombuffer(plane, np.uint16 if wide else np.uint8)
    stride = plane.line_size // (2 if wide else 1)
    if stride <= 0 or samples.size < stride * plane.height:
        return np.zeros((1, 1), np.uint8)
    rows = samples[: stride * plane.height].reshape(plane.height, stride)
    step_y, step_x = max(1, plane.height // GRID[0]), max(1, plane.width // GRID[1])
    grid = rows[step_y // 2 :: step_y, step_x // 2 : plane.width : step_x]
    return (grid >> (component.bits - 8) if wide else grid).astype(np.uint8)


class DecodedFrame(Frame):
    """A frame as the decoder left it, converted to the size that is asked for and no larger."""

    def __init__(self, t: float, picture: Any, shot: int, aspect: float, max_side: int) -> None:
        self.t, self.shot = t, shot
        self._picture = picture
        self._square = _square(picture, aspect)
        self.scale = max(1.0, max(self._square) / max_side)
        self._max_side = max_side
        self._whole: Image | None = None

    @property
    def image(self) -> Image:
        if self._whole is None:
            self._whole = self.within(self._max_side)
        return self._whole

    @property
    def size(self) -> tuple[float, float]:
        width, height = self._square
        return (height, width) if _turns(self._picture) % 2 else (width, height)

    def within(self, side: int) -> Image:
        shrink = max(1.0, max(self._square) / min(side, self._max_side))
        size = (max(1, round(self._square[0] / shrink)), max(1, round(self._square[1] / shrink)))
        # Averaging matters only where many pixels are dropped, and where none are there is nothing to interpolate.
        return _converted(self._picture, size, "AREA" if shrink > 2 else "BILINEAR" if shrink > 1 else "POINT")


def _square(picture: Any, aspect: float) -> tuple[int, int]:
    """Width and height of the frame in square pixels, before it is turned."""
    return max(1, round(picture.width * aspect)), picture.height


def _turns(picture: Any) -> int:
    return round((picture.rotation or 0) / 90) % 4


def _converted(picture: Any, size: tuple[int, int], method: str) -> Image:
    """The frame as it is to be seen, turned upright; size: width and height before that."""
    image = picture.reformat(size[0], size[1], "bgr24", interpolation=method, threads=1).to_ndarray()
    turns = _turns(picture)
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _shrink(image: Image, max_side: int) -> tuple[Image, float]:
    scale = max(1.0, max(image.shape[:2]) / max_side)
    if scale == 1.0:
        return image, 1.0
    size = tuple(max(1, round(side / scale)) for side in image.shape[1::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def frame_at(path: Path, t: float) -> Frame:
    """The upright frame shown at t seconds, at full size; of a still picture, the picture. Raises MediaUnreadable."""
    with MediaReader(path) as reader:
        return reader.at(t)


def write_clip(
    path: Path, frames: Iterable[Image], fps: int = 25, metadata: Mapping[str, str] | None = None, crf: int = 23
) -> None:
    """Encode frames of one size (even width and height) as H.264 in MP4, with metadata in its keys atom."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "use_metadata_tags+faststart"}) as container:
        container.metadata.update(metadata or {})
        stream: Any = None
        for image in frames:
            if stream is None:
                stream = container.add_stream("libx264", rate=Fraction(fps), options={"crf": str(crf), "preset": "veryfast"})
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")))
        if stream is not None:
            container.mux(stream.encode())
