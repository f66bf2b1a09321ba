"""What people hand in: rosters, truth files, packs, settings, territories, keys, sealed bytes."""

import io
import json
import zipfile
from collections.abc import Iterable

import openpyxl

from fuzz.target import OURS, Target, as_file, documents, promise
from matcher.evaluate import read_truth
from matcher.packs.spec import parse_spec
from monitor.roster.table import open_roster
from monitor.settings import FILE_NAME, load_settings
from registry.crypto import Keyring, keys_from_text
from registry.hosts import is_nameable, plain_host
from registry.names import name_key
from registry.territory import clean_territories, territory_named

_RING = Keyring((bytes(range(32)),))
_SHEET = "xl/worksheets/sheet1.xml"


def _roster(data: bytes, name: str) -> None:
    with as_file(data, name) as path:
        try:
            for row in open_roster(path).rows():
                promise(len(row.key) <= 200, "a key is too long")
                promise(bool(row.problem) or bool(row.name.strip()), f"row {row.number} has neither name nor problem")
        except OURS:
            return


def _csv(data: bytes) -> None:
    _roster(data, "roster.csv")


def _book(data: bytes) -> None:
    """The input as the sheet of a book that is otherwise whole; or, in its own form, as the book."""
    if data.startswith(b"PK"):
        _roster(data, "roster.xlsx")
        return
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook())) as whole, zipfile.ZipFile(made, "w") as archive:
        for entry in whole.infolist():
            archive.writestr(entry.filename, data if entry.filename == _SHEET else whole.read(entry))
    _roster(made.getvalue(), "roster.xlsx")


def _workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["number", "name", "photos", "years"])
    book.active.append([17.0, "Ada Example", "a.jpg; b.jpg", "1998-2001"])
    book.save(out)
    return out.getvalue()


def _books() -> Iterable[bytes]:
    yield _workbook()
    with zipfile.ZipFile(io.BytesIO(_workbook())) as whole:
        yield whole.read(_SHEET)


def _truth(data: bytes) -> None:
    with as_file(data, "truth.csv") as path:
        try:
            read_truth(path)
        except OURS:
            return


def _pack(data: bytes) -> None:
    try:
        parse_spec(data.decode("utf-8", "replace"), "a pack")
    except OURS:
        return


def _settings(data: bytes) -> None:
    with as_file(data, FILE_NAME) as path:
        try:
            load_settings(path.parent)
        except OURS:
            return


def _terms(data: bytes) -> None:
    """What stands in a licence or a mandate."""
    text = data.decode("utf-8", "surrogateescape")
    promise(name_key(name_key(text)) == name_key(text), f"{text!r} is compared by another name the second time")
    is_nameable(plain_host(text))
    code = territory_named(text)
    promise(code is None or clean_territories([code]) == [code], f"{text!r} is {code!r}, which is none")
    try:
        clean_territories(text.split(","))
    except OURS:
        return


def _sealed(data: bytes) -> None:
    for read in (lambda: _RING.open(data), lambda: b"".join(_RING.open_chunks(io.BytesIO(data)))):
        try:
            opened = read()
        except OURS:
            continue
        promise(opened in _PLAIN, "bytes that nobody sealed were opened")
    try:
        keys_from_text(data.decode("utf-8", "replace"))
    except OURS:
        return


_PLAIN = (b"", b"a photo", b"x" * (65 << 10))
_PACK = {
    "format": 1,
    "id": "p",
    "title": "t",
    "licence": {"names": ["MIT"], "commercial": True, "text": "x"},
    "files": {"a.onnx": {"sha256": "0" * 64, "size": 3}},
    "figure": {
        "file": "a.onnx",
        "dimensions": 4,
        "input": {"name": "i", "size": 32, "colour": "rgb", "layout": "nchw", "mean": [0, 0, 0], "scale": 1.0},
    },
}
_ROSTER = 'number;name;photos;era\n17;Ada Example;a.jpg|b.jpg;1998-2001\n18;"Bo; Q.";c.jpg;1999\n'
_TRUTH = b"role,subject,media,t_start,t_end\nreference,ada,a.jpg,,\nmated,ada,b.mp4,1.5,2\nnonmated,,c.jpg,,\n"
_TOML = (
    b'pack = "open"\nmore_packs = ["x"]\n[crawl]\nallowed_networks = ["10.0.0.0/8"]\ndelay = 1.5\n[keys]\nfile = "k"\n[scan]\n'
)

TARGETS = (
    Target(
        "tables.roster_csv", _csv, lambda: [_ROSTER.encode(), _ROSTER.encode("utf-16")], (b"number", b"name", b'"', b"=1+1", b";")
    ),
    Target("tables.roster_xlsx", _book, _books, (b"<row>", b"<c r=", b't="s"', b't="inlineStr"', b"<f>", b"<v>", b"<mergeCell")),
    Target(
        "tables.truth",
        _truth,
        lambda: [_TRUTH, *documents("unit/test_matcher_evaluate.py")],
        (b"role", b"mated", b"nan", b"1e999"),
    ),
    Target(
        "tables.pack", _pack, lambda: [json.dumps(_PACK).encode()], (b'"face"', b'"calibration"', b'"points"', b"null", b"1e999")
    ),
    Target(
        "tables.settings",
        _settings,
        lambda: [_TOML, *documents("unit/test_monitor_settings.py", least=10)],
        (b"[crawl]", b"keys", b"_env_file"),
    ),
    Target(
        "tables.terms",
        _terms,
        lambda: documents("unit/test_registry_territory.py", "unit/test_registry_licences.py", least=2),
        (),
        512,
    ),
    Target("tables.sealed", _sealed, lambda: [_RING.seal(plain) for plain in _PLAIN], (b"\x00SBL1",), 1 << 18),
)
