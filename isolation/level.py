"""Which walls this machine has round a confined process: found by starting one."""

from functools import cache

from isolation.errors import Lost
from isolation.limits import DESCRIBED, Confinement, Layer
from isolation.worker import Worker

REMEDIES = {
    Layer.LIMITS: "",
    Layer.PRIVILEGES: "Run on Linux, as a user without privileges.",
    Layer.NETWORK: "Allow user namespaces without privileges (sysctl kernel.apparmor_restrict_unprivileged_userns=0).",
    Layer.FILES: "Use a Linux kernel from 5.13 on with Landlock among its security modules.",
    Layer.CALLS: "Install libseccomp (libseccomp2) and use a kernel with seccomp.",
}
"""How to get each layer where it is missing."""


@cache
def layers_here() -> frozenset[Layer]:
    """The layers that are in force round a confined process on this machine. Raises Lost where none can be started."""
    with Worker("isolation.level:nothing", b"", Confinement()) as worker:
        worker.start()
        return worker.layers


def missing_here() -> tuple[Layer, ...]:
    """The layers that this machine does not give; all of them where no confined process can be started."""
    try:
        here = layers_here()
    except Lost:
        here = frozenset()
    return tuple(layer for layer in Layer if layer not in here)


def in_words(layers: frozenset[Layer]) -> str:
    """What holds a confined process, as the end of a sentence."""
    return "; ".join(DESCRIBED[layer] for layer in Layer if layer in layers) or "nothing"


def nothing(_: bytes) -> "type[bytes]":
    """An entry that does nothing."""
    return bytes
