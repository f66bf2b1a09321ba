"""The switch `--workspaces servers` of the tests: what a workspace holds lies on servers, also for processes of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import copytree

import pytest
from sqlmodel import select

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.parties import Party
from tests.support.command_process import semblance
from tests.support.on_servers.given import Servers
from tests.support.on_servers.plugin import begin
from tests.support.postgres_server import Server


@pytest.fixture
def servers(postgres_server: Server) -> Iterator[Servers]:
    """Those of the switch, where it is not set as well."""
    with ExitStack() as stack:
        yield Servers.running() or begin(stack, postgres_server)


def parties(workspace: Workspace) -> list[str]:
    with workspace.session() as session:
        return sorted(session.exec(select(Party.name)))


def test_rows_are_in_the_server_and_objects_in_the_store(servers: Servers, tmp_path: Path) -> None:
    root = tmp_path / "work"
    init_workspace(root)
    (root / "semblance.toml").write_text("[vault]\ncache_bytes = 1\n", encoding="utf-8")
    semblance("-w", root, "party", "add", "Of a child", "--kind", "studio")
    with open_workspace(root) as workspace:
        assert workspace.engine.dialect.name != "sqlite"
        assert workspace.settings.vault.cache_bytes == 1
        assert parties(workspace) == ["Of a child"]
        kept = workspace.vault.put([b"of this process"])
    home = servers.home(root)
    assert home is not None
    assert b"of this process" in dict(servers.objects(home)).values()
    assert not (root / "vault" / "sha256").exists()

    copytree(root, tmp_path / "copy")
    semblance("-w", tmp_path / "copy", "party", "add", "Of the copy", "--kind", "studio")
    with open_workspace(tmp_path / "copy") as copy, open_workspace(root) as workspace:
        assert parties(copy) == ["Of a child", "Of the copy"]
        assert parties(workspace) == ["Of a child"]
        assert b"".join(copy.vault.chunks(kept.sha256)) == b"of this process"
        assert copy.settings.vault.url != workspace.settings.vault.url
