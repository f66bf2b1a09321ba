"""What of a bundle authorities state, beside its captures: the report's signature, and the list that is signed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from threading import Thread
from typing import Any

from registry.private import put
from reports.evidence import seal
from reports.evidence.contents import stamp
from reports.evidence.tokens import Stated, check
from reports.signing.forms import is_signed
from reports.signing.seals import Answer, SealStamper
from reports.signing.signer import Signer

Problem = tuple[str, str]
REPORT_TOKEN, REPORT_SHOWN = "report.pdf.tsr", "report.pdf.sig"
"""An authority's reply about the report, and the value of the report's signature, which it was shown."""


def load_soon() -> None:
    """Begin to load what signs a PDF, for a quarter of a second in which whoever asks waits for pictures as well."""
    Thread(target=_load, name="loading what signs", daemon=True).start()


def _load() -> None:
    import reports.signing.pades  # noqa: F401


def put_report(root: Path, plain: bytes, key: Signer, at: datetime, case_id: str, stamper: SealStamper) -> dict[str, Any]:
    """Put the report into the bundle in root, signed, and stated by the first authority that answers.

    Returns what case.json says of it.
    """
    from reports.signing.pades import container, covered, sign_pdf, signature_value  # see load_soon

    reason = f"Evidence of the case {case_id}"
    made = sign_pdf(plain, key.certificate, key.sign, at, reason)
    said: dict[str, Any] = {}
    if answer := next(iter(stamper.answers(signature_value(made))), None):
        made = sign_pdf(plain, key.certificate, key.sign, at, reason, answer.reply)
        said = {"timestamp": {**_put_token(root, answer), "stated_at": stamp(answer.at)}}
        _write(root / seal.BAG.at(REPORT_TOKEN), answer.reply)
        _write(root / seal.BAG.at(REPORT_SHOWN), signature_value(made))
    names = [seal.BAG.at(name) for name in (seal.REPORT, seal.REPORT_SIGNATURE, seal.REPORT_CERTIFICATE)]
    for name, content in zip(names, (made, container(made), key.certificate_pem), strict=True):
        _write(root / name, content)
    breaks, goes_on = covered(made)
    return {
        **dict(zip(("file", "signature", "certificate"), names, strict=True)),
        "signed": [0, breaks, goes_on, len(made)],
        **said,
    }


def _put_token(root: Path, answer: Answer) -> dict[str, str]:
    (said,) = put_authorities(root, {answer.authority: answer.roots}, {})
    return {**said, "file": seal.BAG.at(REPORT_TOKEN), "shown": seal.BAG.at(REPORT_SHOWN)}


def put_authorities(root: Path, waiting: Mapping[str, bytes], problems: Mapping[str, str]) -> list[dict[str, str]]:
    """Put the certificates of authorities that are to state the signed list into the bundle. What case.json says of them all."""
    said = []
    for name, roots in waiting.items():
        place = seal.BAG.at(f"authorities/{name}-{seal.of_bytes(roots)[:12]}.pem")
        _write(root / place, roots)
        said.append({"authority": name, "file": seal.token_about_the_list(name), "roots": place})
    return [*said, *({"authority": name, "absent": f"not yet timestamped: {why}"} for name, why in problems.items())]


def put_tokens(root: Path, answers: Sequence[Answer], key: Signer) -> None:
    """Put what authorities said of the signed list beside it, with a signed list of its own."""
    if not answers:
        return
    for answer in answers:
        _write(root / seal.token_about_the_list(answer.authority), answer.reply)
    text = seal.sums_text({seal.token_about_the_list(one.authority): seal.of_bytes(one.reply) for one in answers})
    _write(root / seal.STAMPS, text)
    _write(root / f"{seal.STAMPS}.sig", key.sign(text))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, content, replace=True)


def expected(case: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The authorities that stated the signed list, by case.json; none in bundles of earlier versions."""
    return [entry for entry in case.get("seal_timestamps", ()) if "absent" not in entry]


def list_stated(
    root: Traversable, names: Iterable[str], files: Mapping[str, str], case: Mapping[str, Any]
) -> Iterator[Stated | Problem]:
    """Each token about the signed list that holds, and what is wrong with what is younger than that list.

    names: of all files; files: those that the seal lists. Raises what reading JSON of an unexpected shape can end in.
    """
    wanted = expected(case)
    due = {entry["file"] for entry in wanted} | ({seal.STAMPS, f"{seal.STAMPS}.sig"} if wanted else set())
    there = set(seal.younger(names))
    yield from ((name, "was added: the case does not tell of it") for name in sorted(there - due))
    yield from ((name, "is missing: the case says that it was timestamped") for name in sorted(due - there))
    if due - there or not wanted:
        return
    text = (root / seal.STAMPS).read_bytes()
    digests = {entry["file"]: seal.digest(root / entry["file"]) for entry in wanted}
    signed = is_signed((root / seal.PUBLIC_KEY).read_bytes(), (root / f"{seal.STAMPS}.sig").read_bytes(), text)
    problems = _wrong_with_list(text, digests, signed=signed)
    yield from problems or (check(root, files, entry, seal.BAG.signed, "the list that is signed") for entry in wanted)


def _wrong_with_list(text: bytes, digests: Mapping[str, str], *, signed: bool) -> list[Problem]:
    """What is wrong with the list of tokens. text: the list; digests: of the tokens that are there, by their names."""
    fits = text == seal.sums_text(digests)
    # As among the other lists the signature is the judge of which of list and files was changed.
    if not signed and fits:
        return [(f"{seal.STAMPS}.sig", f"is not the signature of {seal.STAMPS} by {seal.PUBLIC_KEY}")]
    if not signed:
        return [(seal.STAMPS, f"does not have the signature in {seal.STAMPS}.sig")]
    lines = [] if fits else text.splitlines(keepends=True)
    changed = [] if fits else [name for name, digest in digests.items() if seal.sums_text({name: digest}) not in lines]
    named = changed or ([] if fits else [seal.STAMPS])
    return [(name, f"was changed: {seal.STAMPS} was signed with another") for name in named]


def report_stated(
    root: Traversable, files: Mapping[str, str], said: Mapping[str, Any], value: bytes
) -> Iterator[Stated | Problem]:
    """The token about the report, if the case tells of one. value: of the report's signature."""
    entry = said.get("timestamp")
    if entry is None:
        return
    if entry["shown"] not in files or (root / entry["shown"]).read_bytes() != value:
        yield entry["shown"], "is not the value of the report's signature"
        return
    yield check(root, files, entry, entry["shown"], "the report")
