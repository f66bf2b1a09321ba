"""evaluate: error rates on the user's own labelled media."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import AcceptLicence, Json, NotUnderstood, settings_of
from monitor.cli.output import end_progress, progress_line, say, show_json, shown, tell
from registry.counting import counted

if TYPE_CHECKING:
    from matcher.evaluate import Evaluation
    from matcher.types import Recogniser
    from monitor.settings import Settings


def join(app: typer.Typer) -> None:
    app.command()(evaluate)


def evaluate(
    context: typer.Context,
    truth: Annotated[Path, typer.Argument(help="CSV with the columns role,subject,media; paths relative to it.")],
    pack: Annotated[str | None, typer.Option(help="The pack; `built-in` for artwork by local features.")] = None,
    per_probe: Annotated[Path | None, typer.Option(help="Write each probe's best subject and score to this CSV.")] = None,
    accept_licence: AcceptLicence = False,
    json: Json = False,
) -> None:
    """Say how often subjects are missed and strangers are matched, on your own labelled pictures and videos."""
    from matcher.decoding import decoding
    from matcher.evaluate import evaluate as measure
    from matcher.evaluate import write_per_probe
    from monitor.confinement import decoding_bounds

    settings = settings_of(context)
    recogniser = recogniser_of(settings, pack, accept_licence)
    line = progress_line()

    def progress(done: int, total: int) -> None:
        if done % 25 == 0 or done == total:
            line(f"Looked at {done} of {total}")

    with decoding(decoding_bounds(settings.scan)):
        evaluation = measure(truth, recogniser, progress)
    end_progress()
    if per_probe is not None:
        write_per_probe(per_probe, evaluation)
        tell(f"Each probe is in {shown(per_probe)}.")
    _show(evaluation, json)


def recogniser_of(settings: "Settings", pack: str | None, accept_licence: bool) -> "Recogniser":
    """The recogniser of the wanted pack, or of the settings' own. Raises NotUnderstood when it recognises nothing."""
    from monitor.recognisers import build_recognisers, prepare_packs, recogniser_spec
    from monitor.settings import accepting

    chosen = settings if pack is None else settings.model_copy(update={"pack": pack, "more_packs": ()})
    if pack == "built-in":
        chosen = settings.model_copy(update={"pack": "", "more_packs": ()})
    if accept_licence:
        chosen = accepting(chosen, *chosen.packs)
    prepare_packs(chosen, progress_line())
    wanted = pack or settings.pack
    for recogniser in build_recognisers(recogniser_spec(chosen)):
        if recogniser.pack == wanted:
            return recogniser
    raise NotUnderstood(f"The pack {wanted!r} recognises nothing that can be evaluated.", "Type `semblance models list`.")


def _show(evaluation: "Evaluation", as_json: bool) -> None:
    from dataclasses import asdict

    from reports.render.plain import looked_part

    fields = {
        "pack": evaluation.pack,
        "gallery_subjects": evaluation.gallery_subjects,
        "mated": evaluation.mated,
        "nonmated": evaluation.nonmated,
        "rank1": evaluation.rank1,
        "fnir_at_fpir": dict(evaluation.fnir_at_fpir),
        "threshold_at_fpir": dict(evaluation.threshold_at_fpir),
        "failures": [dict(failure) for failure in evaluation.failures],
        "in_part": [asdict(each) for each in evaluation.in_part],
        "seconds": evaluation.seconds,
    }
    if as_json:
        show_json(fields)
        return
    say(f"Pack {evaluation.pack}, {evaluation.gallery_subjects} subjects enrolled, {evaluation.seconds:.0f} s")
    seen = counted(evaluation.mated, "appearance")
    say(f"{seen} of enrolled subjects; the right subject came first in {_share(evaluation.rank1)}")
    say(f"{evaluation.nonmated} media without any enrolled subject")
    for rate, missed in evaluation.fnir_at_fpir.items():
        threshold = evaluation.threshold_at_fpir[rate]
        at = "" if threshold is None else f" (threshold {threshold:.3f})"
        say(f"  false alarm on {float(rate):.0%} of those: {_share(missed)} are missed{at}")
    for failure in evaluation.failures:
        tell(f"! {shown(failure['media'])} ({failure['role']}): {shown(failure['what'])}")
    for each in evaluation.in_part:
        words = shown(" ".join(each.unseen))
        tell(f"! {shown(each.media)} ({each.role}): looked at in part, {looked_part(each.share, each.frames)}: {words}")


def _share(rate: float | None) -> str:
    return "not measured" if rate is None else f"{rate:.1%}"
