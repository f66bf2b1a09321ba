"""The player's video from a vault in a bucket: through the server in parts or, where the settings say so, from the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpcore
import pytest
from sqlmodel import select

from crawler.videos import Capture
from monitor.vault_moving import move_vault
from monitor.workspace import init_workspace, open_workspace
from reports.matches import MatchRow
from tests.support.busy_week import busy_week
from tests.support.console import Answer, Console, served
from tests.support.s3_store import ACCESS, SECRET, Store, store


@pytest.fixture(scope="module")
def s3_store() -> Iterator[Store]:
    with store() as running:
        yield running


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bucket") / "work"
    init_workspace(root)
    with busy_week(root, 1, 1).session as session:
        session.commit()
    return root


@contextmanager
def console_on(root: Path, s3_store: Store, monkeypatch: pytest.MonkeyPatch, *, direct: bool) -> Iterator[Console]:
    for name, value in (("ENDPOINT", s3_store.endpoint), ("ACCESS_KEY", ACCESS), ("SECRET_KEY", SECRET)):
        monkeypatch.setenv(f"SEMBLANCE_VAULT__{name}", value)
    if not (root / "vault" / "bucket-id").exists():
        s3_store.client.create_bucket(Bucket="console")
        with open_workspace(root) as workspace:
            move_vault(workspace, "s3://console/desk")
    monkeypatch.setenv("SEMBLANCE_VAULT__URL", "s3://console/desk")
    monkeypatch.setenv("SEMBLANCE_VAULT__DIRECT_READING", str(direct).lower())
    with open_workspace(root) as workspace, served(workspace) as console:
        yield console


def asked(console: Console, **headers: str) -> tuple[bytes, Answer]:
    with console.workspace.session() as session:
        row = session.exec(select(MatchRow)).one()
        sha256 = session.get_one(Capture, row.capture_id).media_sha256
    return b"".join(console.workspace.vault.chunks(sha256)), console.ask(
        "GET", f"/queue/{row.id}/media", console.cookie(None), **headers
    )


def test_by_default_the_server_streams_it_in_parts_and_no_page_plays_from_elsewhere(
    root: Path, s3_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with console_on(root, s3_store, monkeypatch, direct=False) as console:
        whole, part = asked(console, Range="bytes=100-199")
        assert (part.status, part.content) == (206, whole[100:200])
        assert "media-src 'self';" in console.ask("GET", "/", console.cookie(None)).headers["content-security-policy"]


def test_where_the_settings_say_so_the_store_does_for_a_while(
    root: Path, s3_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with console_on(root, s3_store, monkeypatch, direct=True) as console:
        whole, led = asked(console)
        address = led.headers["location"]
        assert (led.status, urlsplit(address).netloc) == (307, urlsplit(s3_store.endpoint).netloc)
        assert "X-Amz-Expires=300" in address
        assert SECRET not in address
        with httpcore.ConnectionPool() as pool:
            part = pool.request("GET", address, headers={"Range": "bytes=100-199"})
        assert (part.status, part.content) == (206, whole[100:200])
        policy = console.ask("GET", "/", console.cookie(None)).headers["content-security-policy"]
        assert f"media-src 'self' {s3_store.endpoint};" in policy
        # Whoever may not see the match is given no address.
        assert console.ask("GET", urlsplit(f"/queue/{'0' * 32}/media").path, console.cookie(None)).status == 404
