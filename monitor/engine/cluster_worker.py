"""What runs on the machines of a cluster: see `monitor.engine.cluster`, which says what is looked at, and `cluster_driver`, which
gives it out.

Whatever comes here or leaves is sealed with a key that is made for one scan and goes from process to process alone. So nothing
that a cluster keeps, moves or spills to a disk can be read: neither a template, nor a name, nor what a video shows.
"""

import os
import pickle
import platform
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from isolation.limits import Layer
from matcher.types import Gallery, ScanResult
from monitor.engine.installation import differences, installed
from monitor.engine.scanner import Scanner, ScannerFailed
from monitor.recognisers import RecogniserSpec
from monitor.settings import ScanSettings
from registry.crypto import Keyring
from registry.errors import RegistryError
from registry.vault.base import Vault
from registry.vault.place import VaultPlace

AUTH_MODE, BY_TOKEN = "RAY_AUTH_MODE", "token"
"""The variable by which Ray lets in those alone who have the cluster's token."""


@dataclass(frozen=True)
class Errand:
    """What all objects of a scan are looked at with, and what a machine must have for it: walls as many as where it was begun."""

    spec: RecogniserSpec
    gallery: Gallery
    limits: ScanSettings
    place: VaultPlace
    walls: frozenset[Layer]

    def sealed(self, ring: Keyring) -> bytes:
        return ring.seal(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))


@dataclass(frozen=True)
class Arrival:
    """How a worker begins. host: the machine's name. against: why it may not, in words, and what to do; empty where it may."""

    host: str
    against: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of one object. result: what was found. Without one, the vault there does not give the object up, or nothing can
    be looked at there, of which against and remedy tell."""

    host: str
    result: ScanResult | None = None
    against: str = ""
    remedy: str = ""


_ANSWER = TypeAdapter(Answer)


def answer_of(sealed: bytes, ring: Keyring) -> Answer:
    """Raises Damaged, and ValueError."""
    return _ANSWER.validate_json(ring.open(sealed))


class Looker:
    """Looks at one object after another, in a confined process that this one starts. A cluster keeps one for each core."""

    def __init__(self) -> None:
        self._host = platform.node()
        self._ring: Keyring | None = None
        self._vault: Vault | None = None
        self._scanner: Scanner | None = None

    def begin(self, wanted: Mapping[str, str], models: str, packs: tuple[str, ...], key: bytes, errand: bytes) -> Arrival:
        """Have everything ready. wanted: what must be installed here, of which nothing else is read before. errand: sealed."""
        if os.environ.get(AUTH_MODE) != BY_TOKEN:
            return Arrival(
                self._host,
                "it takes work from anybody who reaches it",
                f"Start Ray on it with {AUTH_MODE}={BY_TOKEN} and the cluster's token.",
            )
        if others := differences(wanted, installed(Path(models), packs)):
            listed = "; ".join(others[:5]) + ("; and more" if len(others) > 5 else "")
            return Arrival(
                self._host,
                f"other things are installed on it ({listed})",
                "Install the same there: version, lock file and packs. Then start Ray on it anew.",
            )
        self._ring = Keyring((key,))
        return self._prepared(pickle.loads(self._ring.open(errand)))  # noqa: S301  (sealed by whoever began the scan)

    def look(self, sha256: str) -> bytes:
        """What came of an object: an Answer, sealed."""
        assert self._ring is not None
        return self._ring.seal(_ANSWER.dump_json(self._looked(sha256)))

    def close(self) -> None:
        """End the confined process; the worker is of no more use."""
        if self._scanner is not None:
            self._scanner.close()

    def _prepared(self, errand: Errand) -> Arrival:
        try:
            self._vault = errand.place.open()
        except RegistryError as refused:
            return Arrival(self._host, f"it cannot open the vault ({refused.what})", refused.remedy)
        self._scanner = Scanner(errand.spec, errand.gallery, errand.limits, self._vault.readable, decoders=1)
        try:
            walls = self._scanner.start()
        except ScannerFailed as failed:
            return Arrival(self._host, "the process that looks at media does not start there", failed.remedy)
        if missing := errand.walls - walls:
            self.close()
            return Arrival(
                self._host,
                f"what reads strangers' files is confined less there than here (missing: {', '.join(sorted(missing))})",
                "Have the installation there examined: that says how to get what is missing.",
            )
        return Arrival(self._host)

    def _looked(self, sha256: str) -> Answer:
        assert self._vault is not None
        assert self._scanner is not None
        with ExitStack() as files:
            try:
                path = files.enter_context(self._vault.as_file(sha256))
            except (RegistryError, OSError):  # what a share refuses is no error of the object's
                return Answer(self._host)
            try:
                return Answer(self._host, replace(self._scanner.scan(path), media=sha256))
            except ScannerFailed as failed:
                return Answer(self._host, None, failed.what, failed.remedy)
