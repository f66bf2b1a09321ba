"""How long a scan takes beside decoding alone, and beside a peer that looks at every frame with the same models."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import av
import numpy as np
import typer
from insightface.app import FaceAnalysis
from insightface.app.common import Face

from matcher.assemble import recognisers_of
from matcher.errors import MatcherError
from matcher.evaluate import read_truth
from matcher.face.align import chip
from matcher.face.detect import Detector
from matcher.face.encode import Encoder
from matcher.face.recogniser import FaceRecogniser
from matcher.media import read_picture
from matcher.packs.store import load
from matcher.scan import scan
from matcher.types import Gallery, GallerySubject
from registry.types import Image, SubjectKind, Template


@dataclass(frozen=True)
class Run:
    """One way of looking at all clips. found: (clip, subject) pairs."""

    seconds: float
    found: frozenset[tuple[str, str]]


def throughput(
    clips: Annotated[list[Path], typer.Option(help="Files, or folders of them; several times.")],
    truth: Annotated[Path, typer.Option(help="Its references are the gallery; its mated rows say who is in which clip.")],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    pack: str = "edge",
    runs: int = 3,
    every_frame: bool = True,
) -> None:
    """Decoding only, ours, and insightface on every frame and at two frames a second, in turn, medians over the runs."""
    files = sorted(f for path in clips for f in (path.rglob("*.mp4") if path.is_dir() else [path]))
    (recogniser,) = recognisers_of(load(models, pack))
    assert isinstance(recogniser, FaceRecogniser)
    gallery = _gallery(truth, recogniser)
    peer = _peer(recogniser)
    ways: dict[str, Callable[[], Run]] = {
        "decoding": lambda: _decode(files),
        "ours": lambda: _ours(files, gallery, recogniser),
        "insightface 2/s": lambda: _insightface(files, peer, gallery, recogniser, 0.5),
    }
    if every_frame:
        ways["insightface every frame"] = lambda: _insightface(files, peer, gallery, recogniser, 0.0)
    results: dict[str, list[Run]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            results[name].append(way())
    _report(files, truth, results)


def _report(files: list[Path], truth: Path, results: dict[str, list[Run]]) -> None:
    length = sum(_duration(f) for f in files)
    mated = {((truth.parent / r.media).name, r.subject) for r in read_truth(truth) if r.role == "mated"}
    medians = {name: statistics.median(r.seconds for r in found) for name, found in results.items()}
    rows = {
        name: {
            "seconds": round(seconds, 2),
            "times_real_time": round(length / seconds, 1),
            "of_decoding": round(seconds / medians["decoding"], 2),
            "of_ours": round(seconds / medians["ours"], 2),
            "mated_found": len(results[name][-1].found & mated),
        }
        for name, seconds in medians.items()
    }
    print(json.dumps({"clips": len(files), "seconds_of_video": round(length, 1), "mated": len(mated), "ways": rows}))
    for name, row in rows.items():
        print(f"{name:24} {row['seconds']:8} s {row['times_real_time']:7} x real time {row['of_decoding']:7} x decoding")


def _gallery(truth: Path, recogniser: FaceRecogniser) -> Gallery:
    templates = []
    for row in read_truth(truth):
        if row.role in ("reference", "distractor"):
            try:
                arrays = recogniser.enrol(read_picture(truth.parent / row.media), prominent=True)
            except MatcherError:
                continue
            templates.append(Template(row.subject, row.media, recogniser.encoder, arrays))
    return Gallery({t.subject_id: GallerySubject(t.subject_id, t.subject_id, SubjectKind.PERSON) for t in templates}, templates)


def _duration(path: Path) -> float:
    with av.open(str(path)) as container:
        return float((container.duration or 0) / av.time_base)


def _pictures(path: Path) -> Iterator[Any]:
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        container.streams.video[0].codec_context.thread_count = 2
        yield from container.decode(video=0)


def _decode(files: list[Path]) -> Run:
    start = time.monotonic()
    for path in files:
        for _ in _pictures(path):
            pass
    return Run(time.monotonic() - start, frozenset())


def _ours(files: list[Path], gallery: Gallery, recogniser: FaceRecogniser) -> Run:
    start, found = time.monotonic(), set()
    for path in files:
        found |= {(path.name, match.subject_id) for match in scan(path, gallery, [recogniser]).matches}
    return Run(time.monotonic() - start, frozenset(found))


class _DetectorAdapter:
    """Our detector where FaceAnalysis expects insightface's."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def detect(self, image: Image, **_: object) -> tuple[Any, Any]:
        found = self._detector.detect(image)
        return np.hstack([found.boxes, found.scores[:, None]]), found.landmarks


class _EncoderAdapter:
    """Our encoder where FaceAnalysis expects insightface's."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def get(self, image: Image, face: Face) -> Any:
        cut = chip(image, face.kps, self._encoder.places, self._encoder.size)
        face.embedding = self._encoder.encode(cut[None])[0]
        return face.embedding


def _peer(recogniser: FaceRecogniser) -> FaceAnalysis:
    """insightface's own loop over the very models that we use."""
    peer = FaceAnalysis.__new__(FaceAnalysis)
    detector, encoder = recogniser.models
    peer.det_model = _DetectorAdapter(detector)
    peer.models = {"detection": peer.det_model, "recognition": _EncoderAdapter(encoder)}
    peer.addons = {}
    return peer


def _insightface(files: list[Path], peer: FaceAnalysis, gallery: Gallery, recogniser: FaceRecogniser, period: float) -> Run:
    """Each face of each frame against the gallery by cosine, with the threshold that ours has."""
    start, found = time.monotonic(), set()
    vectors = np.stack([t.arrays["vector"] for t in gallery.templates])
    threshold = recogniser.threshold(len(gallery.subjects))
    for path in files:
        due = 0.0
        for picture in _pictures(path):
            if float(picture.time or 0) + 1e-6 < due:
                continue
            due += period
            for face in peer.get(picture.to_ndarray(format="bgr24")):
                scores = vectors @ face.embedding
                if scores.max() >= threshold:
                    found.add((path.name, gallery.templates[int(scores.argmax())].subject_id))
    return Run(time.monotonic() - start, frozenset(found))
