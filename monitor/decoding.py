"""The decoder of an open workspace: made, with all that it takes to make one, when it is first asked for."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from monitor.settings import Settings

if TYPE_CHECKING:
    from matcher.decoding import Decoder


class WorkspaceDecoder:
    """Called for the decoder, by any thread. readable: folders of media that it may read (matcher.decoding.Decoder)."""

    def __init__(self, settings: Settings, readable: tuple[Path, ...]) -> None:
        self._settings, self._readable = settings, readable
        self._lock = Lock()
        self._made: Decoder | None = None

    def __call__(self) -> "Decoder":
        with self._lock:
            if self._made is None:
                from matcher.decoding import Decoder
                from matcher.face.finding import DetectorChoice
                from monitor.confinement import decoding_bounds

                had = self._settings
                choice = DetectorChoice(had.models, had.packs, had.commercial, had.accepted_licences)
                self._made = Decoder(decoding_bounds(had.scan), self._readable, choice if had.packs else None)
            return self._made

    def close(self) -> None:
        """End the processes that decode, if any were started."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()
