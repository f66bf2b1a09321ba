"""The engine of one machine: confined processes, one for each core."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from matcher.types import Gallery
from monitor.engine.base import Looked
from monitor.engine.scanner import scan_all
from monitor.recognisers import RecogniserSpec
from monitor.settings import ScanSettings
from registry.errors import RegistryError
from registry.vault.base import Vault

AT_A_TIME = 128
"""Objects that are held as files at once: a vault that lies elsewhere has copies of so many on this disk."""


class LocalEngine:
    """Looks at objects where the vault's files, or its copies of them, lie."""

    at_a_time = AT_A_TIME

    def __init__(self, vault: Vault, limits: ScanSettings) -> None:
        self._vault, self._limits = vault, limits

    def scan(self, spec: RecogniserSpec, gallery: Gallery, sha256s: Sequence[str]) -> Generator[Looked]:
        for start in range(0, len(sha256s), AT_A_TIME):
            yield from self._scan_some(spec, gallery, sha256s[start : start + AT_A_TIME])

    def _scan_some(self, spec: RecogniserSpec, gallery: Gallery, sha256s: Sequence[str]) -> Generator[Looked]:
        with ExitStack() as files:
            opened = [self._opened(files, sha256) for sha256 in sha256s]
            paths = [file for file in opened if isinstance(file, Path)]
            with closing(scan_all(spec, gallery, self._limits, paths)) as results:
                for sha256, file in zip(sha256s, opened, strict=True):
                    if isinstance(file, Path):
                        yield Looked(sha256, replace(next(results), media=sha256))
                    else:
                        yield Looked(sha256, None, file)

    def _opened(self, files: ExitStack, sha256: str) -> Path | RegistryError:
        try:
            return files.enter_context(self._vault.as_file(sha256))
        except RegistryError as error:
            return error
