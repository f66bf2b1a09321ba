"""Each process that reads strangers' bytes, as the program itself starts it, taken over once it has built all that it works with:
it is refused whatever the probes of test_isolation try."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.parsing import Parser
from crawler.provenance.labels import LabelReader
from isolation.limits import Layer
from isolation.worker import Worker
from matcher.decoding import Decoder
from matcher.types import Gallery, GallerySubject
from monitor.engine.scanner import Scanner
from monitor.recognisers import RecogniserSpec, build_recognisers
from monitor.settings import ScanSettings
from registry.kinds import SubjectKind
from registry.types import Template
from tests.support.drawn_clips import figure
from tests.support.hostile_child import PROBES
from tests.support.outside import HERE, MODULE, outside

__all__ = ["outside"]


def _of_pages(_: Path) -> Worker:
    with Parser() as parser:
        return parser._new(slow=False)


def _of_pictures(folder: Path) -> Worker:
    with Decoder(readable=(folder,)) as decoder:
        return decoder.pictures._fresh()


def _of_stills(folder: Path) -> Worker:
    with Decoder(readable=(folder,)) as decoder:
        return decoder.media._fresh()


def _of_labels(folder: Path) -> Worker:
    with LabelReader(folder) as reader:
        return reader._fresh()


def _of_scans(folder: Path) -> Worker:
    spec = RecogniserSpec(Path("/nowhere"), (), True, ())
    artwork, *_ = build_recognisers(spec)
    subjects = {"s1": GallerySubject("s1", "Mascot", SubjectKind.CHARACTER)}
    gallery = Gallery(subjects, (Template("s1", "r1", artwork.encoder, artwork.enrol(figure(1))),))
    with Scanner(spec, gallery, ScanSettings(), [folder]) as scanner:
        return scanner._worker


@pytest.fixture(scope="module", params=[_of_pages, _of_pictures, _of_stills, _of_labels, _of_scans])
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    build: Callable[[Path], Worker] = request.param
    real = build(tmp_path_factory.mktemp("readable"))
    shared = real._entry.encode() + b"\0" + real._shared
    # It may read the probes, beside what it is given; all else stands as the program has it.
    confinement = replace(real._confinement, readable=(*real._confinement.readable, HERE))
    with Worker(f"{MODULE}:taken_over", shared, confinement) as worker:
        yield worker


@pytest.mark.parametrize("name", sorted(PROBES))
def test_what_reads_strangers_bytes_is_refused(taken: Worker, outside: dict[str, str], name: str) -> None:
    said = taken.ask(f"{name} {outside.get(name, '')}".encode(), 60).decode()
    assert said.startswith("refused:"), said
    assert Path(outside["read"]).read_bytes() == b"the key"
    assert not Path(outside["write"]).exists()
    assert taken.layers == frozenset(Layer)
