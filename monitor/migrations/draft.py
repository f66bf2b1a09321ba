"""Write the next revision: `python -m monitor.migrations.draft "what changes"`. Read it over before it is committed."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

# What defines tables is loaded here, so that the comparison sees all of them.
import monitor.tables  # noqa: F401
from monitor.migrations import HEAD, HERE, upgrade
from registry.storage.engine import connect


def draft(message: str) -> Path:
    """The path of the new revision: from the last one to the tables as the code now defines them."""
    number = f"{int(HEAD) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(Path(folder) / "last.db")
        with engine.connect() as connection:
            if HEAD != "0000":
                upgrade(connection, HEAD)
            config = Config()
            config.set_main_option("script_location", str(HERE))
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    (made,) = (HERE / "versions").glob(f"{number}_*.py")
    plain = [line for line in made.read_text("utf-8").splitlines() if not line.strip().startswith("# ###")]
    made.write_text("\n".join(plain) + "\n", encoding="utf-8")
    return made


if __name__ == "__main__":
    print(draft(" ".join(sys.argv[1:])))  # noqa: T201
