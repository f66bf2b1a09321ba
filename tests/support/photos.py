"""Photos of people whom one may ask about."""

import csv
from pathlib import Path

import pytest


class People:
    """Photos of people by name, and of strangers."""

    def __init__(self, faces: Path) -> None:
        rows = list(csv.DictReader((faces / "truth.csv").read_text("utf-8").splitlines()))
        held: dict[str, dict[str, list[Path]]] = {}
        for row in rows:
            held.setdefault(row["subject"], {}).setdefault(row["role"], []).append(faces / row["media"])
        self.known = [(each["reference"], each["mated"]) for each in held.values() if "reference" in each and "mated" in each]
        self.strangers = [faces / row["media"] for row in rows if row["role"] == "nonmated"]


@pytest.fixture(scope="module")
def people(shared_data: Path) -> People:
    return People(shared_data / "faces")
