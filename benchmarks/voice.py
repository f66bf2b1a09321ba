"""How often enrolled voices are missed and strangers' matched, in noise and through codecs, by speakers that are kept apart."""

import csv
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.voice_conditions import CONDITIONS, Change
from matcher.assemble import voice_models_of
from matcher.calibration import UNMEASURED, Calibration, calibrated
from matcher.media.sound import SoundReader
from matcher.packs.store import VOICE_PACK, Pack, load
from matcher.sample import Block, SoundTrack
from matcher.sound_bounds import SOUND_RATE
from matcher.voice.listening import VoiceModels, listen
from monitor.settings import load_settings

Floats = NDArray[np.float32]
REFERENCES, STRANGERS = 3, 3
"""Recordings of each speaker that are references, and speakers of ten that are not enrolled in a choice of them."""

HEAD = """\
| condition | how | clips (too little) | EER (worst) | missed at 0 strangers (worst) | others | pack: missed, false | scores |
|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Speaker:
    references: tuple[Floats, ...]
    probes: tuple[Floats, ...]

    def probe(self, place: int, seconds: float) -> Floats:
        """A probe and what its speaker says after it, so many seconds long."""
        return np.resize(np.concatenate([*self.probes[place:], *self.probes[:place]]), round(seconds * SOUND_RATE))


@dataclass(frozen=True)
class Found:
    """Of all choices of strangers: mean, and the worst of them. missed: of enrolled speakers' clips, with the threshold above all
    strangers' of the choice. elsewhere: other strangers' clips that reach it. below, above: of clips with their own speaker
    and of comparisons with others, at the pack's own threshold. Clips with too little speech are compared with
    nobody, and are in none of these."""

    condition: str
    clips: int
    too_little: int
    eer: float
    eer_worst: float
    missed: float
    missed_worst: float
    elsewhere: float
    below: float
    above: float
    own_lowest: float
    other_highest: float


@dataclass(frozen=True)
class _Given:
    """A sound in memory, as `listen` takes it."""

    samples: Floats
    tracks: tuple[SoundTrack, ...] = (SoundTrack(SOUND_RATE, 1),)

    @property
    def unheard(self) -> list[str]:
        return []

    def blocks(self, track: int, deadline: float = 0.0) -> list[Block]:  # noqa: ARG002
        return [Block(0.0, self.samples)]


def voice(
    data: Annotated[Path, typer.Argument(help="A folder with truth.csv: role, subject, media.")],
    models: Annotated[Path | None, typer.Option(help="The folder of packs.")] = None,
    pack: str = VOICE_PACK,
    fit: Annotated[bool, typer.Option(help="Print a calibration from all pairs of clips of two speakers.")] = False,
) -> None:
    """EER and misses at zero strangers, of the encoder alone and of files as they are scanned, and what a second costs."""
    loaded = load(models or load_settings().models, pack)
    heard = voice_models_of(loaded)
    speakers, threshold = _speakers(data), _threshold(loaded)
    enrolled = [np.concatenate([_voice(heard, reference) for reference in speaker.references]) for speaker in speakers]
    print(_cost(heard, speakers))
    print(HEAD)
    results, strangers = [], []
    for condition, (seconds, change) in CONDITIONS.items():
        probes = _probes(speakers, seconds, change)
        alone = [[heard.encoder.encode([probe]) for probe in own] for own in probes]
        scanned = [[_heard(heard, probe) for probe in own] for own in probes]
        for how, vectors in (("encoder", alone), ("scan", scanned)):
            scores, shows = _scores(vectors, enrolled)
            found = _found(condition, scores, shows, threshold)
            print(_line(how, condition, found), flush=True)
            if found:
                results.append({"how": how, **asdict(found)})
            if how == "scan":
                spoken = scores.max(axis=1) > -1
                strangers.append(scores[spoken][np.arange(len(speakers)) != shows[spoken, None]])
    if fit:
        print(calibration(np.concatenate(strangers)))
    print(json.dumps(results))


def _threshold(pack: Pack) -> float:
    """The pack's own, among as many people as its calibration is made for."""
    known = pack.spec.voice.calibration if pack.spec.voice else None
    return (known or UNMEASURED).threshold(1)


def _speakers(data: Path) -> list[Speaker]:
    said: dict[str, list[Path]] = {}
    with (data / "truth.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            said.setdefault(row["media"].partition("/")[0], []).append(data / row["media"])
    recordings = [[_read(path) for path in paths] for _, paths in sorted(said.items())]
    return [Speaker(tuple(own[:REFERENCES]), tuple(own[REFERENCES:])) for own in recordings]


def _read(path: Path) -> Floats:
    return np.concatenate([block.samples for block in SoundReader(path).blocks(0)])


def _probes(speakers: Sequence[Speaker], seconds: float, change: Change) -> list[list[Floats]]:
    """Of each speaker; the same for whoever measures again."""
    random, made = np.random.default_rng(1), []
    for speaker in speakers:
        others = [np.concatenate(other.probes) for other in speakers if other is not speaker]
        made.append([change(speaker.probe(place, seconds), others, random) for place in range(len(speaker.probes))])
    return made


def _heard(models: VoiceModels, samples: Floats) -> Floats:
    """The vectors (n, d) of all voices in a sound; none where there is too little speech."""
    found = listen(_Given(samples), models)
    return np.array([each.vector for each in found.voices], np.float32).reshape(-1, models.encoder.dimensions)


def _voice(models: VoiceModels, samples: Floats) -> Floats:
    """The voice (1, d) that speaks longest in a reference, or the whole of it where there is too little speech."""
    found = _heard(models, samples)[:1]
    return found if len(found) else models.encoder.encode([samples])


def _scores(vectors: Sequence[Sequence[Floats]], enrolled: Sequence[Floats]) -> tuple[Floats, NDArray[np.int_]]:
    """The best score (p, s) of each probe with each speaker's references and their mean, -1 where there is no voice in it; and
    whom each probe shows (p,)."""
    templates = [np.concatenate([own, (mean := own.sum(axis=0, keepdims=True)) / np.linalg.norm(mean)]) for own in enrolled]
    rows = [[(probe @ own.T).max(initial=-1) for own in templates] for speaker in vectors for probe in speaker]
    return np.array(rows, np.float32), np.repeat(np.arange(len(vectors)), [len(own) for own in vectors])


def _found(condition: str, scores: Floats, shows: NDArray[np.int_], threshold: float) -> Found | None:
    """Every choice of three strangers, and every choice of three others whom its threshold has not seen. None: all too little."""
    compared = scores.max(axis=1) > -1
    clips, scores, shows = len(scores), scores[compared], shows[compared]
    people = range(scores.shape[1])
    eer, missed, elsewhere = [], [], []
    for strangers in itertools.combinations(people, STRANGERS) if len(scores) else ():
        members = [person for person in people if person not in strangers]
        own, best, others = _asked(scores, shows, members, strangers)
        eer.append(equal_error(own, others))
        missed.append(float(((own <= others.max()) | (own < best)).mean()))
        for unseen in itertools.combinations(members, STRANGERS):
            enrolled = [person for person in members if person not in unseen]
            highest = _asked(scores, shows, enrolled, strangers)[2].max()
            elsewhere.append(float((_asked(scores, shows, enrolled, unseen)[2] > highest).mean()))
    if not eer:
        return None
    own, other = scores[np.arange(len(shows)), shows], scores[np.arange(len(people)) != shows[:, None]]
    rates = [float(f(of)) for of in (eer, missed) for f in (np.mean, np.max)]
    reached = (float((own < threshold).mean()), float((other >= threshold).mean()))
    return Found(
        condition, clips, clips - len(scores), *rates, float(np.mean(elsewhere)), *reached, float(own.min()), float(other.max())
    )


def _asked(
    scores: Floats, shows: NDArray[np.int_], members: Sequence[int], strangers: Sequence[int]
) -> tuple[Floats, Floats, Floats]:
    """Members' clips' scores with their own speaker, and with the best of all members; strangers' clips' best."""
    mated, among = np.isin(shows, members), scores[:, list(members)].max(axis=1)
    return scores[mated, shows[mated]], among[mated], among[np.isin(shows, strangers)]


def equal_error(own: Floats, others: Floats) -> float:
    """The rate at which as many enrolled clips (n,) are missed as strangers' (m,) match, between the two nearest."""
    points = np.unique(np.concatenate([own, others, [1.1]]))
    return float(min(max((own < point).mean(), (others >= point).mean()) for point in points))


def calibration(strangers: Floats) -> Calibration:
    """From strangers' scores (n,) with one subject each; the last point is the tenth largest."""
    return calibrated(strangers, 1, "", allowed=20.0, least_gallery=100)


def _cost(models: VoiceModels, speakers: Sequence[Speaker]) -> str:
    samples = np.concatenate([probe for speaker in speakers[:3] for probe in speaker.probes])
    start = time.process_time()
    spans = models.finder.spans(samples)
    finding = time.process_time() - start
    listen(_Given(samples), models)
    whole = time.process_time() - start - finding
    seconds, speech = len(samples) / SOUND_RATE, sum(span.seconds for span in spans)
    each, found = 1000 * whole / speech, 1000 * finding / seconds
    return (
        f"{each:.1f} ms of processor time a second of speech, of which {found:.1f} ms a second of sound are to find it "
        f"({seconds:.0f} s of sound, {speech:.0f} s of speech)."
    )


def _line(how: str, condition: str, found: Found | None) -> str:
    if found is None:
        return f"| {condition} | {how} | all have too little speech | | | | | |"
    rates = f"{found.eer:.4f} ({found.eer_worst:.3f}) | {found.missed:.4f} ({found.missed_worst:.3f}) | {found.elsewhere:.4f}"
    scores = f"{found.below:.3f}, {found.above:.5f} | from {found.own_lowest:.3f}, to {found.other_highest:.3f}"
    return f"| {condition} | {how} | {found.clips} ({found.too_little}) | {rates} | {scores} |"
