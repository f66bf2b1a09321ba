"""Whether public tools alone find what is done to a bundle: the commands of its guide, as its text has them."""

import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.signing.timestamper import HttpTimestamper
from tests.support.bundle_tampering import CHANGES, commands_of, contented
from tests.support.evidence_desk import AT, furnish
from tests.support.timestamp_authority import Authority, root, served


def tampering(
    times: Annotated[int, typer.Option(min=1, help="how often each way")] = 100,
    flips: Annotated[int, typer.Option(min=1, help="how many bytes are flipped")] = 1000,
) -> None:
    """Print, for each way to change a stamped bundle, how many changes the guide's commands and `evidence verify` found."""
    chance, found = random.Random(1), {}
    with tempfile.TemporaryDirectory() as folder:
        bundle, fingerprint = _bundle(Path(folder))
        commands = commands_of((bundle / "README.txt").read_text())
        if not contented(bundle, commands, fingerprint):
            raise typer.BadParameter("The guide's commands do not hold of the bundle as it was made.")
        aside = Path(folder) / "aside"
        aside.mkdir()
        for way, change in CHANGES.items():
            asked = flips if way == "flipped" else times
            seen = {"changes": asked, "by_tools": 0, "by_verify": 0}
            for _ in range(asked):
                with change(bundle, chance, aside):
                    seen["by_tools"] += not contented(bundle, commands, fingerprint)
                    seen["by_verify"] += not verify_bundle(bundle, fingerprint).ok
            found[way] = seen
        whole = contented(bundle, commands, fingerprint)
    print(json.dumps({"commands": len(commands), "ways": found, "whole_again": whole}))
    missed = [way for way, seen in found.items() if seen["by_tools"] < seen["changes"] or seen["by_verify"] < seen["changes"]]
    print(f"{sum(seen['changes'] for seen in found.values())} changes; missed: {', '.join(missed) or 'none'}")


def _bundle(folder: Path) -> tuple[Path, str]:
    """A stamped bundle with nothing beside it, and the fingerprint of the key that signed it."""
    (folder / "desk").mkdir()
    (folder / "tsa").mkdir()
    place, above = furnish(folder / "desk"), root()
    with served(Authority(folder / "tsa", above)) as clock:
        asked = HttpTimestamper("clock", above.pem, clock.url, 20)
        made = issue_bundle(place.session, place.vault, place.case, place.out, place.key, at=AT, authorities=[asked])
    place.session.close()
    return Path(shutil.copytree(made, folder / "bundle")), place.key.fingerprint
