"""Making a workspace on either kind of database, as the parameter of a fixture says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.workspace import init_workspace

KINDS = ("sqlite", "postgresql")


def maker(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """What makes a folder a workspace on that kind."""
    if request.param == "sqlite":
        return init_workspace
    server = request.getfixturevalue("postgres_server")

    def made(root: Path) -> None:
        server.begin(root)
        init_workspace(root)

    return made
