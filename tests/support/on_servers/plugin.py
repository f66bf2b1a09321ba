"""The switch `--workspaces servers`: every workspace's database on a PostgreSQL server, every vault in an S3-like store."""

import json
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.support.on_servers.given import BUCKET, VARIABLE, Servers, put_into
from tests.support.postgres_server import Server, server

CHILD = Path(__file__).parent / "child"
_LOCAL = "of a local workspace: "
_TEMPLATE = "without_rows"
_stack = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--workspaces", choices=("folders", "servers"), default="folders", help="where workspaces of tests keep what they hold"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "local(reason): of SQLite's file or of the vault's files themselves")
    # The process that only hands tests to others has no workspaces.
    hands_on = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if config.getoption("workspaces") == "servers" and not hands_on:
        # Where a test lets go of a session without closing it, SQLite's connection ends in silence, and psycopg's says so.
        config.addinivalue_line("filterwarnings", "ignore:<psycopg.Connection .* was deleted while still open:ResourceWarning")
        begin(_stack, _stack.enter_context(server("max_connections=300", "autovacuum=off", "full_page_writes=off")))


def pytest_unconfigure() -> None:
    _stack.close()


def begin(stack: ExitStack, postgres: Server) -> Servers:
    """Have this process and those that it starts keep workspaces on that server and in a store, until the stack is closed."""
    from moto.server import ThreadedMotoServer

    from monitor import settings
    from monitor.migrations import open_up_to_date

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    store = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    store.start()
    stack.callback(store.stop)
    host, port = store.get_host_and_port()
    made = Servers(str(postgres.folder), _TEMPLATE, f"http://{host}:{port}")
    told = {
        VARIABLE: json.dumps(asdict(made)),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(CHILD), os.environ.get("PYTHONPATH")))),
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    environment = pytest.MonkeyPatch()
    stack.callback(environment.undo)
    for name, value in told.items():
        environment.setenv(name, value)
    made.execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    with tempfile.TemporaryDirectory() as folder:
        open_up_to_date(Path(folder) / "semblance.db", lambda _: None, address=made.address(_TEMPLATE)).dispose()
    made.client().create_bucket(Bucket=BUCKET)
    put_into(settings, environment.setattr)
    return made


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("workspaces") != "servers":
        return
    for item in items:
        for mark in item.iter_markers("local"):
            item.add_marker(pytest.mark.skip(reason=_LOCAL + mark.args[0]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    running = Servers.running()
    if running is not None and (nextitem is None or nextitem.path != item.path):
        running.sweep()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    local = [one for one in skipped if isinstance(one.longrepr, tuple) and _LOCAL in one.longrepr[2]]
    if local:
        terminalreporter.write_line(f"{len(local)} tests are of a local workspace's files themselves, and were left out")
