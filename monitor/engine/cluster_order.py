"""What the process that talks to a cluster is told; see `monitor.engine.cluster_driver`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """What to do. workers: 0 for one on each core. patience: seconds to wait while no core is free. job_seconds: after which a
    worker counts as lost that does not answer. begin: what `Looker.begin` is given before the errand, which is sealed. sha256s:
    the objects."""

    address: str
    workers: int
    patience: float
    job_seconds: float
    begin: tuple[Mapping[str, str], str, tuple[str, ...], bytes]
    errand: bytes
    sha256s: tuple[str, ...]
