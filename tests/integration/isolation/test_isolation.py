"""Confined processes: what they cannot do, and what whoever asks them sees when they fail."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from isolation.errors import Broke, Cause, Lost
from isolation.level import in_words, layers_here, missing_here
from isolation.limits import Confinement, Layer
from isolation.worker import Worker
from tests.support.hostile_child import PROBES
from tests.support.outside import HERE, MODULE, outside

__all__ = ["outside"]

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def taken_over() -> Iterator[Worker]:
    with Worker(f"{MODULE}:probing", b"", Confinement((HERE,))) as worker:
        yield worker


@pytest.fixture
def misbehaving() -> Iterator[Worker]:
    with Worker(f"{MODULE}:misbehaving", b"shared ", Confinement((HERE,), memory=512 << 20)) as worker:
        yield worker


@pytest.mark.parametrize("name", sorted(PROBES))
def test_a_decoder_that_was_taken_over_is_refused(taken_over: Worker, outside: dict[str, str], name: str) -> None:
    said = taken_over.ask(f"{name} {outside.get(name, '')}".encode(), 20).decode()
    assert said.startswith("refused:"), said
    assert Path(outside["read"]).read_bytes() == b"the key"
    assert not Path(outside["write"]).exists()


def test_the_same_probes_succeed_without_confinement(outside: dict[str, str]) -> None:
    """Else a refusal would say nothing of the walls."""
    open_ones = ("read", "overwrite", "tcp", "udp", "unix", "listing", "spawn", "netlink", "environment_of")
    for name in open_ones:
        PROBES[name](outside.get(name, ""))
    Path(outside["read"]).write_bytes(b"the key")


def test_all_layers_are_in_force_here(taken_over: Worker) -> None:
    taken_over.start()
    assert taken_over.layers == frozenset(Layer) == layers_here()
    assert missing_here() == ()
    assert "Landlock" in in_words(taken_over.layers)


def test_nothing_of_the_environment_is_handed_down(misbehaving: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_KEYS__DATA", "the key")
    monkeypatch.setenv("SEMBLANCE_TOKEN", "a token")
    said = misbehaving.ask(b"environment", 20).decode()
    assert "SEMBLANCE" not in said
    assert "PATH" in said


def test_no_descriptor_of_the_parent_is_handed_down(misbehaving: Worker, tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        numbers = misbehaving.ask(b"descriptors", 20).split()
    assert len(numbers) == 4  # standard ones and the channel


def test_it_answers_with_what_all_jobs_share(misbehaving: Worker) -> None:
    assert misbehaving.ask(b"one", 20) == b"shared one"
    assert misbehaving.ask(b"print", 20) == b"shared print"
    assert misbehaving.ask(b"x" * 5_000_000, 20) == b"shared " + b"x" * 5_000_000


@pytest.mark.parametrize(
    ("job", "cause", "words"),
    [
        (b"hang", Cause.TIME, "it took longer than 1 s"),
        (b"eat 700000000", Cause.MEMORY, "it needed more than 512 MiB of memory"),
        (b"hoard 1400000000", Cause.MEMORY, "it needed more than 512 MiB of memory"),
        (b"crash", Cause.CRASH, "it crashed (by signal SIGABRT)"),
        (b"leave", Cause.CRASH, "it crashed (with exit code 3)"),
    ],
)
def test_a_lost_job_says_why_and_the_next_one_is_answered(misbehaving: Worker, job: bytes, cause: Cause, words: str) -> None:
    misbehaving.start()
    with pytest.raises(Lost) as lost:
        misbehaving.ask(job, 1 if job == b"hang" else 30)
    assert (lost.value.cause, lost.value.words) == (cause, words)
    assert misbehaving.ask(b"next", 20) == b"shared next"


def test_a_fault_of_ours_names_its_place_and_nothing_that_a_stranger_wrote(misbehaving: Worker) -> None:
    with pytest.raises(Broke, match=r"KeyError in hostile_child\.py:\d+") as broke:
        misbehaving.ask(b"raise", 20)
    assert "stranger" not in str(broke.value)
    assert misbehaving.ask(b"next", 20) == b"shared next"


def test_one_that_does_not_come_up_says_so() -> None:
    with (
        Worker(f"{MODULE}:not_starting", b"", Confinement((HERE,))) as worker,
        pytest.raises(Lost, match="no models here") as lost,
    ):
        worker.ask(b"", 20)
    assert lost.value.cause is Cause.START


def test_closing_ends_a_job_under_way(misbehaving: Worker) -> None:
    misbehaving.start()
    pid = misbehaving.pid
    misbehaving.close()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(Lost) as lost:
        misbehaving.ask(b"next", 20)
    assert lost.value.cause is Cause.STOPPED


def test_closing_one_that_comes_up_is_told_as_that_and_leaves_nothing_open() -> None:
    said: list[Lost] = []

    def start(worker: Worker) -> None:
        try:
            worker.start()
        except Lost as lost:
            said.append(lost)

    for step in range(12):
        worker = Worker("tests.support.hostile_child:misbehaving", b"", Confinement())
        starting = Thread(target=start, args=(worker,))
        starting.start()
        time.sleep(0.004 * step)
        worker.close()
        starting.join()
        assert worker.pid is None
    assert {lost.cause for lost in said} <= {Cause.STOPPED, Cause.START}


def test_it_ends_with_the_one_who_asks() -> None:
    program = (
        "from isolation.worker import Worker; from isolation.limits import Confinement\n"
        "from threading import Thread\n"
        f"worker = Worker('{MODULE}:misbehaving', b'', Confinement(({str(HERE)!r},)))\n"
        "thread = Thread(target=worker.start); thread.start(); thread.join()\n"  # a thread that ends takes nothing with it
        "assert worker.ask(b'there', 20) == b'there'\n"
        "print(worker.pid, flush=True)\n"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n"
    ).replace(f"({str(HERE)!r},)", f"(__import__('pathlib').Path({str(HERE)!r}),)")
    root = HERE.parents[1]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    child = Path(f"/proc/{int(done.stdout)}/stat")
    until = time.monotonic() + 20
    while child.exists() and child.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < until:
        time.sleep(0.05)
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize(
    "module",
    ["monitor.engine.scan_child", "matcher.decoding.child", "crawler.reading", "crawler.provenance.file_labels"],
)
def test_a_confined_process_loads_no_database(module: str) -> None:
    """It may open none, and is started often: what it loads is waited for each time."""
    code = f"import sys, isolation.child, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlite3", "sqlalchemy", "sqlmodel"} & set(loaded)
    if module == "matcher.decoding.child":
        assert "pydantic" not in loaded
