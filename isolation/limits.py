"""What a confined process may use, and what holds it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MAX_ANSWER = 1 << 30
"""Bytes of one message, unless less is said."""


class Layer(StrEnum):
    """One wall round a confined process. All are in force where the system has them; see `isolation.level`."""

    LIMITS = "limits"
    PRIVILEGES = "privileges"
    NETWORK = "network"
    FILES = "files"
    CALLS = "calls"


DESCRIBED = {
    Layer.LIMITS: "limits of memory and files",
    Layer.PRIVILEGES: "no privileges, not even root's",
    Layer.NETWORK: "no network (a namespace of its own)",
    Layer.FILES: "no files but those it works on (Landlock)",
    Layer.CALLS: "no programs, sockets or other processes (seccomp)",
}


@dataclass(frozen=True)
class Confinement:
    """readable: files and folders that it may read, besides Python and its libraries. memory: bytes that it may hold. nice: how
    far it stands back for others, 0 to 19. answer: bytes of one answer that the asking side takes in."""

    readable: tuple[Path, ...] = ()
    memory: int = 1 << 30
    nice: int = 0
    answer: int = MAX_ANSWER
