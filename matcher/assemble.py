"""From a verified pack to the recognisers that its models make."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from matcher.calibration import UNMEASURED, Calibration
from matcher.errors import PackError
from matcher.face.detect import Detector
from matcher.face.encode import OnnxEncoder
from matcher.face.mtcnn import Mtcnn
from matcher.face.people import measured_people
from matcher.face.recogniser import FaceRecogniser
from matcher.face.yunet import YuNet
from matcher.figure.encode import CropEncoder, FigureEncoder, MapEncoder
from matcher.figure.head import unknown
from matcher.figure.recogniser import FigureRecogniser
from matcher.packs.background import read_background
from matcher.packs.spec import DetectorSpec, FaceModels, FigureModels
from matcher.packs.store import Pack
from matcher.session import Session
from matcher.text.finding import LineFinder
from matcher.text.reading import LineReader, WordModels
from matcher.types import Recogniser
from matcher.voice.encode import VoiceEncoder
from matcher.voice.listening import VoiceModels
from matcher.voice.recogniser import VoiceRecogniser
from matcher.voice.speech import SpeechFinder
from registry.actions import Action
from registry.kinds import Modality

ALIGNMENT = "closeup1"
"""Part of a face encoder's name: templates that were aligned in another way are made anew."""

HEARING = "windows1"
"""The same for voices: how speech was found and cut before it was encoded."""

PARTS = "parts1"
"""The same for drawings: which parts of a picture are encoded, and how."""

Opened = Callable[[Path], Session]
"""How a model's file becomes what runs it."""


def recognisers_of(
    pack: Pack, *, threads: int = 1, wanted: Collection[Modality] = tuple(Modality), at_once: bool = True
) -> list[Recogniser]:
    """One recogniser for each task that the pack has models for, of the modalities that are wanted; models of others are not
    loaded. at_once: whether models for faces are loaded now, or when they are first run, which is never where templates alone are
    compared. Raises PackError for models that do not load, and for a calibration that is not of such models."""
    made: list[Recogniser] = []
    if pack.spec.face and Modality.FACE in wanted:
        made.append(_face(pack, pack.spec.face, partial(Session, threads=threads, at_once=at_once)))
    if pack.spec.figure and Modality.ARTWORK in wanted:
        made.append(_figure(pack, pack.spec.figure, threads))
    if pack.spec.voice and Modality.VOICE in wanted:
        calibration = pack.spec.voice.calibration or UNMEASURED
        made.append(VoiceRecogniser(voice_models_of(pack, threads=threads), pack.spec.id, calibration))
    return made


def voice_models_of(pack: Pack, *, threads: int = 1) -> VoiceModels:
    """What hears voices, of a pack that has models for them. Raises PackError."""
    models = pack.spec.voice
    if models is None:
        raise PackError(f"The pack {pack.spec.id} has no models for voices.", Action.SEE_PACKS)
    identity = f"{encoder_id(pack, models.encoder)}+{HEARING}"
    encoder = VoiceEncoder(pack.file(models.encoder), identity, models.dimensions, threads=threads)
    return VoiceModels(SpeechFinder(pack.file(models.speech), threads=threads), encoder)


def word_models_of(pack: Pack, *, threads: int = 1) -> WordModels:
    """What reads words, of a pack that has models for them. Raises PackError."""
    models = pack.spec.words
    if models is None:
        raise PackError(f"The pack {pack.spec.id} has no models for words.", Action.SEE_PACKS)
    finder = LineFinder(Session(pack.file(models.detector), threads=threads))
    return WordModels(finder, LineReader(Session(pack.file(models.reader), threads=threads)))


def detector_of(pack: Pack, models: FaceModels, *, threads: int = 1) -> Detector:
    """The face detector of a pack alone. Raises PackError for models that do not load."""
    if models.detector.family == "insightface":
        from matcher.packs.insightface import load_models

        return load_models(pack)[0]
    return DETECTORS[models.detector.family](pack, models.detector, partial(Session, threads=threads))


def _face(pack: Pack, models: FaceModels, opened: Opened) -> FaceRecogniser:
    calibration = models.calibration or UNMEASURED
    _refuse_others_people(calibration, models.encoder.dimensions)
    if models.detector.family == "insightface" or models.encoder.family == "insightface":
        from matcher.packs.insightface import load_models  # seconds to import, and most packs do without

        insight_detector, insight_encoder = load_models(pack)
        return FaceRecogniser(insight_detector, None, insight_encoder, pack.spec.id, calibration)
    detector = DETECTORS[models.detector.family](pack, models.detector, opened)
    places = np.array(models.encoder.places, np.float32)
    session = opened(pack.file(models.encoder.file))
    identity = f"{encoder_id(pack, models.encoder.file)}+{ALIGNMENT}"
    encoder = OnnxEncoder(session, models.encoder.input, places, identity)
    return FaceRecogniser(detector, detector, encoder, pack.spec.id, calibration)


def _refuse_others_people(calibration: Calibration, dimensions: int) -> None:
    """Raise PackError for a calibration that names people who are not known here, or whose vectors have another length: it would
    be told at the first match of a run."""
    kind = calibration.cohort.kind if calibration.cohort else None
    if kind and kind.people:
        measured_people(kind.people).refuse_other(dimensions)


def encoder_id(pack: Pack, file: str) -> str:
    """A name that changes with the model's bytes: templates of another model are never compared with it."""
    return f"{file.removesuffix('.onnx')}@{pack.spec.files[file].sha256[:12]}"


def _yunet(pack: Pack, spec: DetectorSpec, opened: Opened) -> YuNet:
    return YuNet(_role(pack, spec, "detector", opened), side=spec.side, threshold=spec.threshold)


def _mtcnn(pack: Pack, spec: DetectorSpec, opened: Opened) -> Mtcnn:
    nets = [_role(pack, spec, name, opened) for name in ("pnet", "rnet", "onet")]
    return Mtcnn(*nets, smallest=spec.smallest, side=spec.side, thresholds=(0.6, 0.7, spec.threshold))


DETECTORS: Mapping[str, Callable[[Pack, DetectorSpec, Opened], YuNet | Mtcnn]] = MappingProxyType(
    {"yunet": _yunet, "mtcnn": _mtcnn}
)


def _role(pack: Pack, spec: DetectorSpec, role: str, opened: Opened) -> Session:
    if role not in spec.files:
        raise PackError(
            f"The pack {pack.spec.id} names no file for the role {role} of its {spec.family} detector.", "Mend its pack.json."
        )
    return opened(pack.file(spec.files[role]))


def figure_encoder_of(pack: Pack, models: FigureModels, *, threads: int = 1) -> FigureEncoder:
    """What gives vectors of parts of pictures. Raises PackError for a model that does not load."""
    session = Session(pack.file(models.file), threads=threads)
    made = MapEncoder if models.map else CropEncoder
    return made(session, models.input, f"{encoder_id(pack, models.file)}+{PARTS}", models.output)


def _figure(pack: Pack, models: FigureModels, threads: int) -> Recogniser:
    known = read_background(pack.file(models.background)) if models.background else unknown(models.dimensions)
    encoder = figure_encoder_of(pack, models, threads=threads)
    return FigureRecogniser(encoder, known, pack.spec.id, models.calibration)
