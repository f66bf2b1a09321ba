"""The figure recogniser with a real image encoder, through a pack."""

from pathlib import Path

import cv2
import numpy as np

from matcher.calibration import Calibration
from matcher.face.encode import unit
from matcher.figure import FigureRecogniser
from matcher.media import read_picture
from matcher.session import Session
from matcher.types import Frame, Gallery, GallerySubject
from registry.types import Image, SubjectKind, Template

CALIBRATION = Calibration(measured_on="nothing", scores=(0.5, 0.9), rates=(0.5, 0.01))


def test_a_real_encoder_ranks_a_changed_copy_first(shared_models: Path, shared_data: Path) -> None:
    session = Session(shared_models / "image" / "mobilenet_v1_emb1024.onnx")
    (name,) = session.inputs

    def encode(pictures: list[Image]) -> np.ndarray:
        return unit(session.run({name: np.stack(pictures)[..., ::-1].copy()})[0].reshape(len(pictures), -1).astype(np.float32))

    recogniser = FigureRecogniser(encode, "mobilenet", "character-mobilenet", CALIBRATION)
    folder = shared_data / "characters" / "simpsons"
    pictures = {n: read_picture(folder / f"simpsons_{n}_00.jpg") for n in ("bart", "homer", "lisa", "maggie", "marge")}
    gallery = Gallery(
        {n: GallerySubject(n, n, SubjectKind.CHARACTER) for n in pictures},
        [Template(n, n, "mobilenet", recogniser.enrol(p)) for n, p in pictures.items()],
    )
    for name_, picture in pictures.items():
        frame = np.full((300, 500, 3), 60, np.uint8)
        frame[:, 200:] = cv2.resize((picture * 0.7).astype(np.uint8), (300, 300))
        watcher = recogniser.watch(gallery)
        watcher.see(Frame(0.0, frame, 0))
        best = max((c for f in watcher.conclude() for c in f.candidates), key=lambda c: c.score)
        assert best.subject_id == name_
