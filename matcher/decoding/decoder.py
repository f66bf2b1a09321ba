"""What whoever needs pixels asks: still pictures, and frames of videos."""

from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Protocol, Self

from isolation.errors import Broke, Cause, Lost
from isolation.limits import Layer
from matcher.decoding import wire
from matcher.decoding.bounds import LARGEST_GIVEN, Bounds
from matcher.decoding.process import DecodingProcess
from matcher.errors import MediaUnreadable, NoMedia, NoPictures
from matcher.face.finding import DetectorChoice, FaceFinder
from matcher.types import Frame
from registry.actions import Action
from registry.errors import ExitCode, SemblanceError
from registry.types import Image

_BY_HAND = "It is damaged or hostile: leave it out, or save it anew on another machine."


class DecoderFailed(SemblanceError):
    """The process that decodes does not come up: no file is to blame."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class _Started(Protocol):
    def start(self) -> None: ...


def _start_aside(*processes: _Started) -> None:
    """One after another, in their order: all at once they would take the processor from whoever goes on meanwhile."""

    def start() -> None:
        for process in processes:
            with suppress(Lost):
                process.start()

    Thread(target=start, name="starting a decoder", daemon=True).start()


class Decoder:
    """Decodes for one command or run. Each process is started at the first file that needs it and ends with the decoder.

    Pictures are handed over as bytes to a process that can open no file, and frames are cut by another one, which may read what
    it cuts them from and is never given a private picture. readable: folders of such media, known beforehand; another file that
    is asked for costs a new process. Any thread may ask. detector: whose faces are found in what is decoded.
    """

    def __init__(
        self,
        bounds: Bounds = Bounds(),  # noqa: B008
        readable: tuple[Path, ...] = (),
        detector: DetectorChoice | None = None,
    ) -> None:
        self._bounds = bounds
        self.pictures, self.media = DecodingProcess(bounds.memory), DecodingProcess(bounds.memory, readable)
        self.finder = FaceFinder(detector)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the processes that decode."""
        self.pictures.close()
        self.media.close()
        self.finder.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes that run now: of that for pictures, of that for media."""
        return tuple(pid for pid in (self.pictures.pid, self.media.pid) if pid is not None)

    @property
    def bounds(self) -> Bounds:
        """What decoding may take of time, memory and size."""
        return self._bounds

    @property
    def layers(self) -> frozenset[Layer] | None:
        """What holds the processes that were started; None before the first."""
        started = [process.layers for process in (self.pictures, self.media) if process.layers]
        return frozenset.intersection(*started) if started else None

    def start_soon(self) -> None:
        """Begin to start the process for pictures; whoever asks for one next waits the less. What fails is told to them."""
        _start_aside(self.pictures)

    def start_for_stills(self) -> None:
        """As start_soon, of all that stills to be sent are made by: frames, pictures, and the faces in them."""
        _start_aside(self.media, self.finder, self.pictures)

    def picture(self, source: Path | bytes | memoryview, called: str = "") -> Image:
        """A still picture, upright; one of more than MOST_PIXELS comes scaled down.

        called: its name, where source has none that says something. Raises MediaUnreadable, and DecoderFailed.
        """
        name = called or (source.name if isinstance(source, Path) else "The picture")
        if isinstance(source, Path):
            given = bytes_of(source, name)
            if given is None:
                job = wire.job("picture at", path=str(source.absolute()))
                return self.whole(self.media, job, self._bounds.picture_seconds, name, source).image
            source = given
        return self.whole(self.pictures, wire.job("picture", source, called=name), self._bounds.picture_seconds, name).image

    def frame_at(self, path: Path, t: float, track: int = 0, *, counted: bool = False) -> Frame:
        """The upright frame shown at t seconds, at full size up to MOST_PIXELS; of a still picture, the picture.

        track, counted: see `matcher.types.Appearance`. Raises MediaUnreadable, and DecoderFailed.
        """
        job = wire.job("frame", path=str(path.absolute()), t=t, track=track, counted=counted)
        made = self.whole(self.media, job, self._bounds.media_seconds, path.name, path)
        return Frame(made.t, made.image, 0, made.scale)

    def frame_in(self, data: bytes, called: str, t: float) -> Frame:
        """As frame_at, of the first track of a video that is in memory; the process that can open no file has it."""
        job = wire.job("frame", data, called=called, t=t, track=0, counted=False)
        made = self.whole(self.pictures, job, self._bounds.media_seconds, called)
        return Frame(made.t, made.image, 0, made.scale)

    def whole(self, process: DecodingProcess, job: bytes, seconds: float, name: str, file: Path | None = None) -> wire.Picture:
        """A job that is answered with a picture. Raises MediaUnreadable and DecoderFailed."""
        answer = asked(process, job, seconds, name, file)
        if not isinstance(answer, wire.Picture):
            process.end()
            raise self.senseless(name)
        return answer

    @staticmethod
    def senseless(name: str) -> MediaUnreadable:
        """What to say of a file on which the process answered something else than it was asked."""
        return MediaUnreadable(f"Nothing sensible came of decoding {name}.", _BY_HAND)


_KINDS = {kind.__name__: kind for kind in (NoMedia, NoPictures)}
"""Refusals that say more of a file than that it cannot be decoded."""


def asked(
    process: DecodingProcess, job: bytes, seconds: float, name: str, file: Path | None = None, *, again: bool = True
) -> wire.Answer:
    """An answer that is no refusal. name: of the file, for people. Raises MediaUnreadable and DecoderFailed."""
    try:
        answer = process.ask(job, seconds, file, again=again)
    except Lost as lost:
        raise _in_words(lost, name) from lost
    except (Broke, wire.Garbled) as error:
        raise MediaUnreadable(f"{name} cannot be decoded: the decoder failed on it ({str(error)[:200]}).", _BY_HAND) from error
    if isinstance(answer, wire.Refused):
        raise _KINDS.get(answer.kind, MediaUnreadable)(answer.what, answer.remedy)
    return answer


def _in_words(lost: Lost, name: str) -> SemblanceError:
    match lost.cause:
        case Cause.TIME:
            return MediaUnreadable(f"Decoding {name} was stopped: {lost.words}.", "Save it smaller, or as a JPEG or MP4 file.")
        case Cause.MEMORY:
            return MediaUnreadable(f"Decoding {name} was stopped: {lost.words}.", "Save it smaller, or raise scan.max_memory.")
        case Cause.CRASH:
            return MediaUnreadable(f"Decoding {name} failed: {lost.words}.", _BY_HAND)
        case Cause.STOPPED:
            return DecoderFailed("The decoding was stopped.", "Type the command again.")
        case Cause.START:
            return DecoderFailed(
                f"The process that decodes did not start: {lost.words}.", "Free memory if it is short.", Action.EXAMINE
            )


def bytes_of(path: Path, name: str) -> bytes | None:
    """A file's bytes; None of one that is too large to be handed over. Raises MediaUnreadable."""
    try:
        if not path.is_file():
            raise MediaUnreadable(f"{name} is not a file.", "Check the path.")
        with path.open("rb") as stream:
            data = stream.read(LARGEST_GIVEN + 1)
    except OSError as error:
        raise MediaUnreadable(f"{name} cannot be read: {error.strerror}.", "Check the path and its permissions.") from error
    return data if len(data) <= LARGEST_GIVEN else None
