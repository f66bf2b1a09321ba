"""models calibrate: a pack's error rates from the user's own labelled media."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import AcceptLicence, Json, settings_of
from monitor.cli.output import end_progress, progress_line, say, show_json, shown

if TYPE_CHECKING:
    from matcher.calibration import Calibration

GALLERIES = (100, 1_000, 10_000, 100_000)


def join(models: typer.Typer) -> None:
    models.command("calibrate")(models_calibrate)


def models_calibrate(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="CSV with the columns role,subject,media, as for `semblance evaluate`.")],
    pack: Annotated[str | None, typer.Option(help="The pack, instead of the settings'.")] = None,
    try_only: Annotated[bool, typer.Option("--try", help="Show what it would be, and leave the pack as it is.")] = False,
    accept_licence: AcceptLicence = False,
    json: Json = False,
) -> None:
    """Measure how often strangers match on your own media, and let the pack's thresholds follow; the next run looks anew."""
    from matcher.calibrate import calibrate
    from matcher.decoding import decoding
    from matcher.evaluate import PROBE, read_truth
    from matcher.packs.store import load, recalibrate
    from monitor.cli.evaluation import recogniser_of
    from monitor.confinement import decoding_bounds

    settings = settings_of(context)
    recogniser = recogniser_of(settings, pack, accept_licence)
    rows, line = read_truth(data), progress_line()

    def progress(done: int, total: int) -> None:
        if done % 25 == 0 or done == total:
            line(f"Looked at {done} of {total}")

    words = f"{sum(row.role in PROBE for row in rows)} probes of {data.name}"
    with decoding(decoding_bounds(settings.scan)):
        made = calibrate(data, rows, recogniser, words, progress)
    end_progress()
    if not try_only:
        recalibrate(load(settings.models, recogniser.pack), recogniser.modality, made)
    _show(recogniser.pack, made, json, kept=not try_only)


def _show(pack: str, made: "Calibration", json: bool, *, kept: bool) -> None:
    thresholds = {str(size): round(made.threshold(size), 4) for size in GALLERIES}
    if json:
        show_json({"pack": pack, "kept": kept, "thresholds": thresholds, "calibration": made.model_dump()})
        return
    say(f"Measured on {shown(made.measured_on)}. A match may have {made.allowed:g} expected false matches in 1,000 videos.")
    for size, threshold in thresholds.items():
        say(f"  threshold with {int(size):,} subjects: {threshold:.3f}")
    say(f"The pack {shown(pack)} goes by it from now on." if kept else "The pack was left as it is.")
