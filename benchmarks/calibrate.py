"""A pack's calibration, measured on labelled media in which strangers are known to be strangers."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from matcher.assemble import recognisers_of
from matcher.calibration import measure
from matcher.evaluate import evaluate
from matcher.packs.store import load

PER_VIDEO = 20.0
"""Expected false matches per 1,000 videos that a face match may have: a person looks at each."""

LEAST_GALLERY = 100


def calibrate(
    truth: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
) -> None:
    """Print the calibration of PACK on TRUTH as JSON: probes that show several enrolled subjects must not be in it."""
    (recogniser,) = recognisers_of(load(models, pack))
    evaluation = evaluate(truth, recogniser)
    impostors = np.array([probe.impostor for probe in evaluation.probes])
    words = f"{len(impostors)} probes against {evaluation.gallery_subjects} subjects of {truth.parent.name}/{truth.name}"
    made = measure(impostors, evaluation.gallery_subjects, words, allowed=PER_VIDEO, least_gallery=LEAST_GALLERY)
    print(made.model_dump_json(indent=2))
    print(f"{pack}: threshold {made.threshold(evaluation.gallery_subjects):.4f} at {evaluation.gallery_subjects} subjects")
