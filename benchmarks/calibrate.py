"""A pack's calibration, measured on labelled media in which strangers are known to be strangers."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.assemble import recognisers_of
from matcher.calibrate import calibrate as calibrated
from matcher.evaluate import ENROL, read_truth
from matcher.packs.store import load


def calibrate(
    truth: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    only: Annotated[str, typer.Option(help="Probes of this role alone, so that the others are left for testing.")] = "mated",
) -> None:
    """Print the calibration of PACK on TRUTH as JSON: probes that show several enrolled subjects must not be in it."""
    (recogniser,) = recognisers_of(load(models, pack))
    rows = [row for row in read_truth(truth) if row.role in ENROL or row.role == only]
    probes, subjects = sum(row.role == only for row in rows), len({row.subject for row in rows if row.role in ENROL})
    words = f"{probes} {only} probes against {subjects} subjects of {truth.parent.name}/{truth.name}"
    made = calibrated(truth, rows, recogniser, words)
    print(made.model_dump_json(indent=2))
    print(f"{pack}: threshold {made.threshold(subjects):.4f} at {subjects} subjects")
