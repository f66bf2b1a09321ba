"""The seam between a run and the machines that it uses."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from matcher.types import Gallery, ScanResult
from monitor.recognisers import RecogniserSpec
from registry.errors import RegistryError


@dataclass(frozen=True)
class Looked:
    """What came of one object. result: what was found in it, or why it could not be read. refused: why the vault does not give it
    up; then there is no result, and nobody has looked at it."""

    sha256: str
    result: ScanResult | None
    refused: RegistryError | None = None


class Engine(Protocol):
    """Does a step over many objects of the vault at once. Jobs name objects by their digests, since other machines have other
    paths. at_a_time: how many objects it is best given at once; with more it does no better."""

    at_a_time: int

    def scan(self, spec: RecogniserSpec, gallery: Gallery, sha256s: Sequence[str]) -> Generator[Looked]:
        """Look at each object with one gallery; one answer for each, in their order, as they come to be known.

        Whatever an object's bytes do to what reads them is a failure of that object alone. Closing the generator ends the work.
        Raises ScannerFailed where nothing can be looked at.
        """
