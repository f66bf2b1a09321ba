"""The stretches of a match that stands for several: which seconds of the video show which of which reference."""

from collections.abc import Mapping, Sequence
from typing import Any


def stretches(spans: Sequence[Sequence[float]], parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each of a match's spans, in seconds, with what it shows of its reference; none where that is not on record of each."""
    if len(spans) != len(parts):
        return []
    return [
        {"from": span[0], "to": span[1], "reference_id": part["reference_id"], "reference_span": [part[at] for at in _TIMES]}
        for span, part in zip(spans, parts, strict=True)
    ]


_TIMES = ("start", "end", "at")
