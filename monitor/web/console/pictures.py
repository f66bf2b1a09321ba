"""Pictures, videos and sounds: of captured bytes and of references, for whoever may see the match or the subject."""

import io
import wave
from collections import OrderedDict
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from crawler.videos import Capture
from matcher.decoding.confined_sound import ConfinedSound
from matcher.errors import MatcherError
from matcher.sound_bounds import SOUND_RATE
from monitor.web.asked import Asking
from monitor.web.console.media_kinds import kind_of, played_as
from registry.errors import NotFound
from registry.kinds import SampleKind
from registry.references import find_reference
from reports.errors import EvidenceMissing
from reports.evidence.stills import cut_still, jpeg, read_reference, with_box
from reports.selection import find_match

routes = APIRouter()

STILL_SIDE, REFERENCE_SIDE = 960, 360
"""Pixels of the longer side."""

PLAYED_SECONDS = 30
"""Of a recording, or of a clip's sound: enough to know it by."""

LONGEST = 86_400
"""Seconds: no reference lasts a day."""

Second = Annotated[float, Query(ge=0, le=LONGEST, allow_inf_nan=False)]
"""Of a reference: at which it is shown, or from which on it is heard."""

APART = {"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "inline"}
"""Of bytes that strangers made: should a browser ever open them as a page, it is one that can do nothing."""


class _Stills:
    """The last stills that were cut, as JPEG; who may see one is found out before."""

    MOST = 48

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: OrderedDict[tuple[str, float, int, bool, tuple[float, ...]], bytes] = OrderedDict()

    def get(self, key: tuple[str, float, int, bool, tuple[float, ...]]) -> bytes | None:
        with self._lock:
            return self._made.get(key)

    def put(self, key: tuple[str, float, int, bool, tuple[float, ...]], content: bytes) -> None:
        with self._lock:
            self._made[key] = content
            while len(self._made) > self.MOST:
                self._made.popitem(last=False)


_STILLS = _Stills()


@routes.get("/queue/{match_id}/still.jpg", name="queue.still")
def still(asked: Asking, match_id: str) -> Response:
    """The frame at the match's best moment, with its box."""
    with asked.acting() as workspace:
        with workspace.session() as session:
            row = find_match(session, match_id)
            sha256, box = session.get_one(Capture, row.capture_id).media_sha256, row.best_box
            t, track, counted = row.best_t, row.track, row.counted
        key = (sha256, round(t, 3), track, counted, (box.x1, box.y1, box.x2, box.y2) if box else ())
        content = _STILLS.get(key)
        if content is None:
            with workspace.vault.as_file(sha256) as media:
                image, scale = cut_still(media, t, track, counted=counted)
            content = jpeg(np.ascontiguousarray(with_box(image, box, scale)), STILL_SIDE)
            _STILLS.put(key, content)
    return Response(content, media_type="image/jpeg", headers=APART)


@routes.get("/queue/{match_id}/media", name="queue.media")
def media(asked: Asking, match_id: str) -> Response:
    """The captured bytes, where browsers play them; in parts where a part is asked for."""
    with asked.acting() as workspace, workspace.session() as session:
        row = find_match(session, match_id)
        sha256 = session.get_one(Capture, row.capture_id).media_sha256
        if workspace.settings.vault.direct_reading:
            kind = kind_of(next(workspace.vault.chunks(sha256), b""))
            if kind is not None and (address := workspace.vault.address(sha256, kind)) is not None:
                return RedirectResponse(address, HTTPStatus.TEMPORARY_REDIRECT)
        with ExitStack() as held:
            path = held.enter_context(workspace.vault.as_file(sha256))
            kind = played_as(path)
            if kind is None:
                raise NotFound("No browser plays this kind of file.", "Look at the still, or export the evidence of its case.")
            return _Held(held.pop_all(), path, kind)


class _Held(FileResponse):
    """A file of the vault, held until it is sent: a copy may go once nobody holds it."""

    def __init__(self, held: ExitStack, path: Path, kind: str) -> None:
        super().__init__(path, media_type=kind, headers=APART)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await super().__call__(scope, receive, send)


@routes.get("/references/{reference_id}/picture.jpg", name="reference.picture")
def reference(asked: Asking, reference_id: str, at: Second = 0.0) -> Response:
    """A reference, of a clip its picture at that second, made small and encoded anew; it is opened for this answer alone."""
    with asked.acting() as workspace:
        with workspace.session() as session:
            found = find_reference(session, reference_id)
            sha256, kind = found.sha256, found.kind
        if kind is SampleKind.RECORDING:
            raise NotFound("The reference is a recording, and has no picture.", "Listen to it.")
        with workspace.vault.opened(sha256) as path:
            content = jpeg(read_reference(path, kind, at), REFERENCE_SIDE)
    return Response(content, media_type="image/jpeg", headers=APART)


@routes.get("/references/{reference_id}/sound.wav", name="reference.sound")
def reference_sound(asked: Asking, reference_id: str, at: Second = 0.0) -> Response:
    """A recording, or a clip's sound, from that second on, decoded in a confined process; it is opened for this answer alone."""
    with asked.acting() as workspace:
        with workspace.session() as session:
            found = find_reference(session, reference_id)
            sha256, kind, called = found.sha256, found.kind, found.file_name
        if kind is SampleKind.PICTURE:
            raise NotFound("The reference is a picture, and is not heard.", "Look at it.")
        with workspace.vault.opened(sha256) as path:
            content = path.read_bytes()
        try:
            return Response(_wave(ConfinedSound(Path(called), content), at), media_type="audio/wav", headers=APART)
        except MatcherError as error:
            raise EvidenceMissing(f"The recording cannot be heard: {error}", "Enrol the reference again.") from error


def _wave(source: ConfinedSound, at: float) -> bytes:
    """PLAYED_SECONDS, from that second on, of the first sound track that has any, as WAV."""
    wanted = PLAYED_SECONDS * SOUND_RATE
    samples = np.empty(0, np.float32)
    for track in range(len(source.tracks)):
        for block in source.blocks(track):
            samples = np.concatenate([samples, block.samples[max(0, round((at - block.start) * SOUND_RATE)) :]])
            if len(samples) >= wanted:
                break
        if len(samples):
            break
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        file.writeframes((32767 * samples[:wanted]).astype("<i2").tobytes())
    return made.getvalue()
