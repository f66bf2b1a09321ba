"""Files in memory alone."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.vault.files import write_all


@contextmanager
def in_memory(chunks: Iterable[bytes]) -> Iterator[Path]:
    """A path to the joined chunks for this process: what was decrypted is in no file system, and is gone at the end."""
    descriptor = os.memfd_create("opened", os.MFD_CLOEXEC)
    try:
        for chunk in chunks:
            write_all(descriptor, chunk)
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
