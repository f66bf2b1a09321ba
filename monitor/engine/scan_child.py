"""What runs inside the confined process that looks at media: see `monitor.engine.scanner`, which starts it."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from matcher.scan import Limits, scan
from matcher.types import Gallery, ScanResult
from monitor.recognisers import RecogniserSpec, build_recognisers, build_words

_RESULT = TypeAdapter(ScanResult)


def shared_bytes(spec: RecogniserSpec, gallery: Gallery, limits: Limits) -> bytes:
    """What all files are looked at with. It goes to the confined process only, never back."""
    return pickle.dumps((spec, gallery, limits), pickle.HIGHEST_PROTOCOL)


def job_bytes(path: Path) -> bytes:
    return json.dumps(str(path)).encode()


def result_from_bytes(said: bytes) -> ScanResult:
    """Reads what may come from a process that a file has taken over: plain values, each of its type. Raises ValueError."""
    return _RESULT.validate_json(said)


def scanning(shared: bytes) -> Callable[[bytes], bytes]:
    """Answers a path with all that is to be said of the file."""
    spec, gallery, limits = pickle.loads(shared)  # noqa: S301  (from the process that started this one)
    recognisers, words = build_recognisers(spec), build_words(spec)

    def answer(job: bytes) -> bytes:
        return _RESULT.dump_json(scan(Path(json.loads(job)), gallery, recognisers, limits, words))

    return answer
