"""Laying down, once and for all, what this process does not need. Linux has all of it; elsewhere only the limits hold.

Called in the process itself, while it has one thread and before it imports anything that reads a stranger's bytes.
"""

import ctypes
import os
import resource
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from isolation.landlock import restrict_files
from isolation.limits import Confinement, Layer

_MOST_DESCRIPTORS = 256
# What libraries reserve and hardly touch. The limit of the system stops a leap; whoever asks watches what is really held.
_RESERVED = 512 << 20
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_CAP_AMBIENT = 38, 22, 24, 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
# What libraries ask of the machine itself: how many processors there are, and what they can do.
_MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom", "/dev/zero")
_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/localtime",
)


def confine(confinement: Confinement, calls_filter: bytes) -> frozenset[Layer]:
    """Confine this process for good; which layers are in force. calls_filter: from `isolation.seccomp`, or empty."""
    layers = {Layer.LIMITS}
    _limit(confinement)
    if sys.platform != "linux":
        return frozenset(layers)
    libc = ctypes.CDLL(None, use_errno=True)
    if _own_namespaces(libc):
        layers.add(Layer.NETWORK)
    if _without_privileges(libc):
        layers.add(Layer.PRIVILEGES)
    if restrict_files((*_libraries(), *confinement.readable), _listed()):
        layers.add(Layer.FILES)
    if calls_filter and _refuse_calls(libc, calls_filter):
        layers.add(Layer.CALLS)
    return frozenset(layers)


def _limit(confinement: Confinement) -> None:
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS),
        (resource.RLIMIT_DATA, confinement.memory + _RESERVED),
    ):
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))
    if confinement.nice:
        os.nice(confinement.nice)


def _own_namespaces(libc: ctypes.CDLL) -> bool:
    """A network without any interface. A system that grants no such namespaces leaves it to the filter of calls."""
    return bool(
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) == 0 or libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC) == 0
    )


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def _without_privileges(libc: ctypes.CDLL) -> bool:
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(_LAST_CAPABILITY + 1):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    none = (ctypes.c_uint32 * 6)()
    return bool(libc.capset(ctypes.byref(_CapabilityHeader(_CAPABILITY_VERSION_3, 0)), none) == 0)


def _libraries() -> Iterator[Path]:
    """Python, its packages, the packages of this program, and what the system's loader needs."""
    yield from map(Path, (*_MACHINE, *_SYSTEM))
    paths = sysconfig.get_paths()
    yield from (Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield from map(Path, site.getsitepackages())
    # Each module once more by where it lies: an interpreter of its own may link to a library beside it.
    yield from (Path(folder) for folder in _real(Path(sys.base_prefix) / "lib", Path(sys.prefix) / "lib"))
    yield from _own_packages()


def _own_packages() -> Iterator[Path]:
    root = Path(__file__).resolve().parents[1]
    yield from (root / name for name in ("isolation", "registry", "crawler", "matcher", "reports", "monitor"))


def _listed() -> Iterable[Path]:
    """Folders in which modules are looked for by name."""
    return [Path(entry) for entry in sys.path if entry and Path(entry).is_dir()]


def _real(*folders: Path) -> list[Path]:
    return [folder.resolve() for folder in folders if folder.is_dir()]


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _refuse_calls(libc: ctypes.CDLL, calls_filter: bytes) -> bool:
    program = _FilterProgram(len(calls_filter) // 8, calls_filter)
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
