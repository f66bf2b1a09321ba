"""The engine of many machines: workers of a Ray cluster, one on each core, each with a confined process of its own.

What all is looked at with goes to each machine once, sealed; digests go there one by one, and small sealed results come back.
No media goes through Ray: each machine opens the vault itself.
"""

import json
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from isolation.channel import Closed, Kind, receive, send
from isolation.level import layers_here
from isolation.worker import START_SECONDS, bare_environment
from matcher.types import Failure, Gallery
from monitor.engine.base import Looked
from monitor.engine.cluster_order import Order
from monitor.engine.cluster_worker import AUTH_MODE, BY_TOKEN, Errand, answer_of
from monitor.engine.installation import installed
from monitor.engine.scanner import GRACE_SECONDS, WORKERS_PER_FILE, ScannerFailed, failed_result
from monitor.recognisers import RecogniserSpec
from monitor.settings import ScanSettings
from monitor.settings_engine import EngineSettings
from registry.crypto import KEY, Keyring
from registry.errors import RegistryError
from registry.vault.base import Vault
from registry.vault.place import VaultPlace

CONNECT_SECONDS = 10.0
_RAY, _TOKEN_FILE, _NO_STATISTICS = "RAY_", "RAY_AUTH_TOKEN_PATH", "RAY_USAGE_STATS_ENABLED"
_AGAIN = "What was found until then is on record, and the rest is looked at by the next run."


class ClusterFailed(ScannerFailed):
    """A cluster that cannot be used as it is."""


class ClusterEngine:
    """Looks at objects on the machines of a cluster. place: where they find the vault."""

    # A cluster is asked for its workers anew each time.
    at_a_time = 4096

    def __init__(self, vault: Vault, place: VaultPlace, limits: ScanSettings, settings: EngineSettings) -> None:
        self._vault, self._place, self._limits, self._settings = vault, place, limits, settings

    def scan(self, spec: RecogniserSpec, gallery: Gallery, sha256s: Sequence[str]) -> Generator[Looked]:
        """See Engine.scan. Raises ClusterFailed where the cluster cannot be used, or goes away."""
        if not sha256s:
            return
        ring = Keyring((os.urandom(KEY),))
        order = self._order(spec, gallery, sha256s, ring)
        held: dict[int, Looked] = {}
        with _driver(self._settings, order) as channel:
            for number, sha256 in enumerate(sha256s):
                while number not in held:
                    of, sealed = _said(channel)
                    held[of] = self._looked(sha256s[of], sealed, ring)
                assert held[number].sha256 == sha256
                yield held.pop(number)

    def _order(self, spec: RecogniserSpec, gallery: Gallery, sha256s: Sequence[str], ring: Keyring) -> Order:
        there = replace(spec, models=self._settings.models or spec.models)
        errand = Errand(there, gallery, self._limits, self._place, layers_here())
        # A file has its time and a grace, once more where its process ended meanwhile, and each of those has its own to start.
        longest = 2 * (self._limits.max_seconds + GRACE_SECONDS) + WORKERS_PER_FILE * START_SECONDS
        begin = (installed(spec.models, spec.packs), str(there.models), spec.packs, ring.keys[0])
        settings = self._settings
        return Order(
            settings.address,
            settings.workers,
            settings.patience_seconds,
            longest,
            begin,
            errand.sealed(ring),
            tuple(sha256s),
        )

    def _looked(self, sha256: str, sealed: bytes, ring: Keyring) -> Looked:
        """Raises ClusterFailed where a worker cannot do what this machine can."""
        if not sealed:
            why = Failure(
                f"Whatever looked at it ended, {WORKERS_PER_FILE} times in a row, each on some machine of the cluster.",
                "The file is damaged or hostile, or the machines are short of memory: look at it by hand, on another machine.",
            )
            return Looked(sha256, failed_result(sha256, why, 0.0))
        answer = answer_of(sealed, ring)
        if answer.result is not None:
            return Looked(sha256, answer.result)
        if answer.against:
            raise ClusterFailed(f"{answer.against} On {answer.host}.", answer.remedy)
        try:
            with self._vault.as_file(sha256):
                pass
        except RegistryError as refused:
            return Looked(sha256, None, refused)
        raise ClusterFailed(
            f"The machine {answer.host} does not see the vault's object {sha256}, which is here.",
            "Share the vault's folder with every machine of the cluster, and name in engine.vault where it lies there.",
        )


def _said(channel: socket.socket) -> tuple[int, bytes]:
    """The number of an object and what came of it, sealed. Raises ClusterFailed."""
    try:
        kind, said = receive(channel)
    except (Closed, OSError):
        raise ClusterFailed(
            "The cluster went away.", f"{_AGAIN} See that Ray runs on this machine and on the cluster's head."
        ) from None
    if kind is Kind.BROKE:
        what, remedy = json.loads(said)
        raise ClusterFailed(what, f"{remedy} {_AGAIN}")
    return int.from_bytes(said[:8], "big"), said[8:]


@contextmanager
def _driver(settings: EngineSettings, order: Order) -> Iterator[socket.socket]:
    """A process that talks to the cluster; it ends with this one, and the cluster's workers with it. Raises ClusterFailed."""
    _refuse_if_absent(settings.address)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(  # noqa: S603
            # Neither this folder nor another is where the cluster's machines look for code: what is installed there counts.
            [sys.executable, "-P", "-m", "monitor.engine.cluster_driver", str(theirs.fileno())],
            cwd="/",
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        try:
            _give(ours, order)
            yield ours
        finally:
            process.kill()
            process.wait()


def _give(channel: socket.socket, order: Order) -> None:
    try:
        send(channel, Kind.START, pickle.dumps(order, pickle.HIGHEST_PROTOCOL))
    except OSError:
        raise ClusterFailed("The process that talks to the cluster does not start.", "Free memory if it is short.") from None


def _refuse_if_absent(address: str) -> None:
    """Ray itself asks for minutes before it says so. Raises ClusterFailed."""
    if find_spec("ray") is None:
        raise ClusterFailed("Ray is not installed here.", "Install the extra that brings it: pip install 'semblance[ray]'.")
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise ClusterFailed(
            f"{address!r} is no address of a cluster.",
            "Give HOST:PORT, as Ray says it where its head is started, or auto for the cluster on this machine.",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError):
        raise ClusterFailed(f"No cluster answers at {address}.", "Start Ray's head there, or mend engine.address.") from None


def _environment(settings: EngineSettings) -> dict[str, str]:
    """No key and no password of ours: what tells libraries how to use the machine, and Ray's own variables."""
    rays = {name: value for name, value in os.environ.items() if name.startswith(_RAY)}
    if settings.token_file is not None:
        rays[_TOKEN_FILE] = str(settings.token_file)
    return {**bare_environment(), "HOME": str(Path.home()), **rays, AUTH_MODE: BY_TOKEN, _NO_STATISTICS: "0"}
