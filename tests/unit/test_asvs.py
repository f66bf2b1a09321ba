"""docs/asvs.csv: every requirement of OWASP ASVS 5.0.0 at levels 1 and 2, once, each with a test that there is or with words."""

import ast
import csv
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SECTIONS = """
1.1=22 1.2=111112222 1.3=11222222222 1.4=222 1.5=12 2.1=122 2.2=112 2.3=1222 2.4=2 3.2=11 3.3=1222 3.4=112222 3.5=11122 3.7=22
4.1=122 4.2=2 4.3=22 4.4=1222 5.1=2 5.2=112 5.3=11 5.4=222 6.1=122 6.2=111111112222 6.3=1122 6.4=1122 6.5=22222 6.6=222 6.8=2222
7.1=222 7.2=1111 7.3=22 7.4=11222 7.5=22 7.6=22 8.1=12 8.2=112 8.3=1 8.4=2 9.1=111 9.2=1222 10.1=22 10.2=22 10.3=2222
10.4=11111222222 10.5=22222 10.6=22 10.7=222 11.1=22 11.2=222 11.3=112 11.4=1222 11.5=2 11.6=2 12.1=122 12.2=11 12.3=2222 13.1=2
13.2=22222 13.3=22 13.4=12222 14.1=22 14.2=1222 14.3=122 15.1=122 15.2=122 15.3=1222222 16.1=2 16.2=22222 16.3=2222 16.4=222
16.5=222 17.1=2 17.2=2222 17.3=22
"""
"""By section, the levels of its requirements 1, 2, ...: in each, those of level 3 stand last."""

WORDS = ("reason: ", "not applicable: ", "not met: ")


def rows() -> list[dict[str, str]]:
    with (ROOT / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def wanted() -> dict[str, str]:
    sections = (part.split("=") for part in SECTIONS.split())
    return {f"{section}.{number}": level for section, levels in sections for number, level in enumerate(levels, 1)}


def is_test(node: str) -> bool:
    """Whether there is a test of that id; a class may have it from one that it inherits in the same file."""
    path, *names = node.split("::")
    place = ROOT / path
    if not place.is_file() or not names:
        return False
    known = {
        each.name for each in ast.walk(ast.parse(place.read_text("utf-8"))) if isinstance(each, ast.FunctionDef | ast.ClassDef)
    }
    return set(names) <= known and names[-1].startswith("test_")


def test_each_requirement_stands_there_once_with_its_level() -> None:
    assert Counter(wanted().values()) == {"1": 70, "2": 183}
    assert [key for key, times in Counter(row["id"] for row in rows()).items() if times > 1] == []
    assert {row["id"]: row["level"] for row in rows()} == wanted()
    assert all(row["asks"].strip() for row in rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_each_is_answered_by_tests_that_there_are_or_with_words(row: dict[str, str]) -> None:
    if not any(row["answer"].startswith(word) and len(row["answer"]) > len(word) + 10 for word in WORDS):
        assert [node for node in row["answer"].split() if not is_test(node)] == []
        assert row["answer"]


def test_the_test_of_tests_tells_what_is_none() -> None:
    assert is_test("tests/unit/test_asvs.py::test_the_test_of_tests_tells_what_is_none")
    for none in (
        "tests/unit/test_asvs.py",
        "tests/unit/test_asvs.py::test_none",
        "tests/none.py::test_x",
        "tests/unit/test_asvs.py::rows",
    ):
        assert not is_test(none)
