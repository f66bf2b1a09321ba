"""The files a process may read, and whether it may start programs, by Landlock. The only importer of landlockpy."""

from collections.abc import Iterable
from pathlib import Path

import landlockpy
from landlockpy import AccessFS, AccessNet, Ruleset, Scope

_READ = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
_READ_FILE = AccessFS.READ_FILE


def restrict_files(readable: Iterable[Path], listed: Iterable[Path]) -> bool:
    """From now on this thread and what it starts read nothing else, write nothing, and reach no process outside.

    readable: files and folders with all in them. listed: folders of which the names alone may be seen. False where the kernel
    has no Landlock; then nothing was done. To be called before there are other threads.
    """
    if not landlockpy.supported():
        return False
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for path in readable:
            _allow(rules, path, _READ if path.is_dir() else _READ_FILE)
        for path in listed:
            _allow(rules, path, AccessFS.READ_DIR)
        rules.restrict()
    return True


def leave_programs() -> None:
    """From now on the kernel starts no program for this process or its children. Raises OSError where it has no Landlock."""
    with Ruleset(handled_fs=AccessFS.EXECUTE, handled_net=AccessNet.NONE) as rules:
        rules.restrict()


def _allow(rules: Ruleset, path: Path, access: AccessFS) -> None:
    try:
        rules.allow_path(path, access)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # what is not there needs no permission
