"""What a decoder that was taken over would try: run inside a confined process by test_isolation."""

import ctypes
import importlib
import mmap
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

Probe = Callable[[str], object]


def _read(path: str) -> object:
    return Path(path).read_bytes()


def _write(path: str) -> object:
    return Path(path).write_bytes(b"was here")


def _overwrite(path: str) -> object:
    with Path(path).open("r+b") as file:
        return file.write(b"changed")


def _remove(path: str) -> object:
    return Path(path).unlink()


def _tcp(address: str) -> object:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), 2) as client:
        return client.getpeername()


def _udp(address: str) -> object:
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"out", (host, int(port)))


def _unix(path: str) -> object:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect(path)


def _netlink(_: str) -> object:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        return kernel.family


def _fork_bomb(_: str) -> object:
    for _round in range(64):
        if os.fork() == 0:
            os._exit(0)
    return "64 processes"


def _exec(_: str) -> object:
    os.execv("/bin/true", ["true"])


def _spawn(_: str) -> object:
    return subprocess.run(["/bin/true"], check=True)


def _ptrace(pid: str) -> object:
    return _called("ptrace", 16, int(pid), 0, 0)


def _memory_of(pid: str) -> object:
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        return memory.fileno()


def _environment_of(pid: str) -> object:
    return Path(f"/proc/{pid}/environ").read_bytes()


def _kill(pid: str) -> object:
    return os.kill(int(pid), signal.SIGTERM)


def _kill_a_thread(pid: str) -> object:
    return _called("tgkill", int(pid), int(pid), signal.SIGTERM)


def _limits(_: str) -> object:
    import resource

    return resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def _mount(_: str) -> object:
    return _called("mount", b"none", b"/tmp", b"tmpfs", 0, 0)


def _namespace(_: str) -> object:
    return _called("unshare", 0x10000000)


def _become(_: str) -> object:
    return os.setuid(1)


def _ring(_: str) -> object:
    return _called("syscall", 425, 8, ctypes.create_string_buffer(256))


def _load(_: str) -> object:
    return _called("syscall", 321 if platform.machine() == "x86_64" else 280, 0, ctypes.create_string_buffer(128), 128)


def _listing(path: str) -> object:
    return list(Path(path).iterdir())


def _link(path: str) -> object:
    return os.link(path, f"{path}.too")


def _modes(path: str) -> object:
    return Path(path).chmod(0o777)


def _called(name: str, *arguments: object) -> int:
    result = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return int(result)


PROBES: dict[str, Probe] = {
    probe.__name__.strip("_"): probe
    for probe in (
        *(_read, _write, _overwrite, _remove, _tcp, _udp, _unix, _netlink, _fork_bomb, _exec, _spawn, _ptrace, _memory_of),
        *(_environment_of, _kill, _kill_a_thread, _limits, _mount, _namespace, _become, _ring, _load, _listing, _link, _modes),
    )
}


def probing(_: bytes) -> Callable[[bytes], bytes]:
    """Tries what is asked for: ``NAME ARGUMENT``; what came of it, ``done`` or ``refused``."""

    def answer(job: bytes) -> bytes:
        name, _, argument = job.decode().partition(" ")
        try:
            return f"done: {PROBES[name](argument)!r}".encode()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return f"refused: {error}".encode()

    return answer


def taken_over(shared: bytes) -> Callable[[bytes], bytes]:
    """The real process with all that it imports and builds, at the moment a stranger's bytes took it over: then it probes.

    shared: ``MODULE:FUNCTION`` of its real entry, a zero byte, and what that one shares.
    """
    entry, _, rest = shared.partition(b"\0")
    module, _, name = entry.decode().partition(":")
    getattr(importlib.import_module(module), name)(rest)
    return probing(b"")


def misbehaving(shared: bytes) -> Callable[[bytes], bytes]:
    """Does what decoders do on hostile files: hang, eat memory, crash, raise; or says what it was told."""

    def answer(job: bytes) -> bytes:
        match job.partition(b" ")[0]:
            case b"hang":
                threading.Event().wait()
            case b"eat":
                mmap.mmap(-1, int(job.partition(b" ")[2])).write(b"x" * int(job.partition(b" ")[2]))
            case b"hoard":
                bytearray(int(job.partition(b" ")[2]))
            case b"crash":
                os.abort()
            case b"leave":
                os._exit(3)
            case b"raise":
                raise KeyError("a stranger's words")
            case b"environment":
                return repr(sorted(os.environ)).encode()
            case b"descriptors":
                return " ".join(str(number) for number in range(1 << 16) if _is_open(number)).encode()
            case b"print":
                sys.stdout.write("to nobody")
        return shared + job

    return answer


def not_starting(_: bytes) -> Callable[[bytes], bytes]:
    """An entry that does not come up."""
    raise RuntimeError("no models here")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def touchy(shared: bytes) -> Callable[[bytes], bytes]:
    """Decodes as the real process does, but crashes or answers as one taken over would on files that hold a word."""
    from matcher.decoding.child import decoding

    decode = decoding(shared)
    head = struct.Struct("!BIIdd")
    answers = {
        b"LIES-HUGE": head.pack(1, 1 << 16, 1 << 16, 0.0, 1.0) + b"x" * 300,
        b"LIES-SHORT": head.pack(1, 100, 100, 0.0, 1.0) + b"x" * 300,
        b"LIES-NAN": head.pack(1, 10, 10, float("nan"), 1.0) + b"x" * 300,
        b"LIES-SMALLER": head.pack(1, 10, 10, 0.0, 0.0) + b"x" * 300,
        b"LIES-KIND": b"\x09" + b"x" * 300,
        b"LIES-NOTHING": b"",
        b"LIES-PICKLE": b"\x80\x04cos\nsystem\n(S'id'\ntR.",
        b"LIES-OTHERWISE": struct.pack("!BIdddd", 2, 0, 0.0, 1.0, 9.0, 9.0),
    }

    def answer(job: bytes) -> bytes:
        if b"CRASHES" in job:
            os.abort()
        if b"HANGS" in job:
            threading.Event().wait()
        if b"RAISES" in job:
            raise KeyError("a stranger's words")
        lies = [said for word, said in answers.items() if word in job]
        return lies[0] if lies else decode(job)

    return answer
