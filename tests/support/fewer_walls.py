"""Runs one command as on a machine that lacks walls: its kernel refuses what they are made of. `fewer_walls.py CALLS WORD...`."""

import errno
import sys

import pyseccomp

from monitor.cli.main import main


def refuse(calls: list[str]) -> None:
    """Refuse calls of the system to this process and all that it starts, as an older or a locked kernel would."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for call in calls:
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), call)
    rules.load()


if __name__ == "__main__":
    refuse(sys.argv[1].split(","))
    sys.argv = ["semblance", *sys.argv[2:]]
    sys.exit(main())
