"""Starts Chromium where it reaches nothing but its proxies. Run by `crawler.browser`; not meant for people.

Arguments: the descriptor of the socket to the parent, how many listeners it wants, Chromium's folder, the command that this
process becomes.
"""

import os
import socket
import sys

from isolation.loopback import NO_NAMESPACE, hand_over, leave_network, listeners

NOBODY = 65_534


def main() -> None:
    """Leave the network, hand the parent listening sockets made there, and become the browser."""
    control, wanted, folder, *command = sys.argv[1:]
    with socket.socket(fileno=int(control)) as parent:
        try:
            leave_network()
        except OSError as error:
            hand_over(parent, {"why": NO_NAMESPACE.format(error.strerror or error)}, [])
        else:
            hand_over(parent, {}, made := listeners(int(wanted)))
            for each in made:
                each.close()
    os.chdir(folder)
    if os.geteuid() == 0:
        # Chromium's sandbox does not serve root, and a stranger's page is not opened without it.
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
