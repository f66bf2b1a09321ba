"""One target in a process of its own: ``python -m fuzz.one TARGET SECONDS FOLDER``. Started by `fuzz.__main__`.

atheris mutates the seeds towards code that was not reached yet. A finding is written down, and the fuzzing goes on.
"""

import faulthandler
import hashlib
import logging
import resource
import signal
import sys
import traceback
from pathlib import Path

import atheris

from fuzz.findings import keep, place_of
from fuzz.progress import LARGEST, Progress

MORE_MEMORY = 2 << 30
INSTRUMENTED = ["crawler", "matcher", "monitor", "registry", "reports", "protego", "warcio", "openpyxl"]


def main() -> None:
    name, seconds, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    with atheris.instrument_imports(include=INSTRUMENTED):
        from fuzz.targets import target_named

        target = target_named(name)
    progress = Progress(folder / "progress")
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:32]).write_bytes(seed[: target.longest])
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), encoding="ascii")
    _bound()
    logging.disable(logging.CRITICAL)
    # Whoever watches asks with this signal where a process stands that does not go on.
    stuck = (folder / "stuck").open("w")
    faulthandler.register(signal.SIGUSR1, file=stuck)

    def look(data: bytes) -> None:
        progress.begin(data[:LARGEST])
        try:
            target.check(data)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            progress.found()
            keep(folder / "findings", place_of(error), data, "".join(traceback.format_exception(error)))

    options = [f"-max_total_time={seconds}", f"-max_len={target.longest}", "-timeout=3600", "-rss_limit_mb=0"]
    options.append(f"-artifact_prefix={folder}/")
    options += [f"-dict={words}"] if target.words else []
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", str(corpus)], look)
    atheris.Fuzz()


def _bound() -> None:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MORE_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _escaped(word: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
