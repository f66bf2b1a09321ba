"""A network for a child process in which nothing is but a loopback of its own.

There the child reaches nothing but the sockets that were made there for it, and whoever was handed those sockets answers on them
from outside: so a proxy in the parent is all the network that the child has.
"""

import array
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MAX_LISTENERS = 200
NO_NAMESPACE = "the system gives no network namespace ({})"

_NEW_USER, _NEW_NET = 0x1000_0000, 0x4000_0000
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x1 | 0x40
_MAX_WORDS = 4096


def leave_network() -> None:
    """Put this process into a network namespace with nothing but loopback. It must have one thread. Raises OSError where the
    system does not allow it."""
    if sys.platform != "linux":
        raise OSError(f"{sys.platform} has none")
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        _unshare(_NEW_NET)
    else:
        _unshare(_NEW_USER | _NEW_NET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP_AND_RUNNING))


def _unshare(namespaces: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(namespaces) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def listeners(count: int) -> list[socket.socket]:
    """That many sockets that listen on this process's loopback, each at a port of its own."""
    return [socket.create_server(("127.0.0.1", 0), backlog=128) for _ in range(count)]


def hand_over(control: socket.socket, said: dict[str, Any], sockets: Sequence[socket.socket]) -> None:
    """Send words and sockets to the parent, at most MAX_LISTENERS."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [each.fileno() for each in sockets]))
    control.sendmsg([json.dumps(said).encode()], [rights] if sockets else [])


def take_over(control: socket.socket, seconds: float) -> tuple[dict[str, Any], list[socket.socket]]:
    """What the child handed over. Raises OSError when it ended or said nothing in time."""
    control.settimeout(seconds)
    words, descriptors, _, _ = socket.recv_fds(control, _MAX_WORDS, MAX_LISTENERS)
    if not words:
        raise OSError("the child ended before it was ready")
    sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    for each in sockets:
        each.set_inheritable(False)
    return json.loads(words), sockets
