"""The two files of a bundle that are for people: the page to look at, and the text that tells an expert how to verify."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from matcher.decoding import decoder
from registry.presence import present, score_says
from registry.version import version
from reports.errors import EvidenceMissing
from reports.evidence import seal
from reports.evidence.checks import AND_TOKENS, commands, report_commands, timestamps
from reports.evidence.contents import CaseFile
from reports.evidence.names import token_name
from reports.evidence.stamped import expected
from reports.evidence.stills import NO_PLACE, jpeg, of_second, read_reference, shown_part, shown_second
from reports.render.html import render_html
from reports.render.plain import clock, moment, places, show_unseen, weight
from reports.reported_matches import label_words
from reports.signing.signer import Kind
from reports.signing.timestamp import Timestamp

_README = """\
EVIDENCE BUNDLE
Case {case_id}
Exported {exported_at} by {operator}, with Semblance {version}

This folder stands alone. It can be verified with tools that every Linux system has (GNU findutils and coreutils, OpenSSL);
neither Semblance nor a network is needed.


HOW TO VERIFY

Where the folder came as one zip file, unpack it first (unzip FILE.zip): it is the same.
Open a terminal in this folder, and give the commands in this order. Whoever changed the folder may have changed this text:
take the commands from another bundle, or type `semblance evidence verify FOLDER`, where you have reason to doubt it.

1. There are plain files and folders only: no links of either kind, no pipes, no devices, no empty folders, no odd names.

    {0}

   It must print nothing.

2. No two names differ in capitals alone; on some systems they would be one.

    {1}

   It must print nothing.

3. Nothing was added, and nothing is missing.

    {2}

   It must print nothing. The folder holds {files} files that the two lists name, {signed} itself and {signed}.sig{younger}.

4. No file was changed since the bundle was sealed. It is a bag (BagIt, RFC 8493), so that archives' tools say the same:

    {3}

   Every line must end in OK.

5. The list of digests, which lists the other one, is the one that was signed:

    {4}

   It must print "Verified OK". The signature is ECDSA on the curve P-256 over SHA-256.

6. The key is the sender's. The following prints the SHA-256 of the key:

    {5}

   It must print
    {fingerprint}
   and be the fingerprint that the sender gave you on another way than this folder. Without that the steps above show only that
   nothing was changed since somebody signed it: anybody can make such a folder with a key of their own. The sender finds it
   with `semblance evidence fingerprint`. By what the sender says, which nothing here proves, the key
   {signer}.

Semblance checks all of this and the chain of custody with

    semblance evidence verify FOLDER --fingerprint FINGERPRINT

where the zip may stand in the folder's place: it is read as it is, and of it Semblance takes only the form in which it was made.

What these tools do not see: OpenSSL takes two signatures for one list, since of a signature (r, s) everybody can make (r, n - s),
with n the order of the curve. Both say that the same key signed the same list. This bundle was signed with the smaller s of the
two, and Semblance takes no other. Attributes that a file system keeps beside a file (times, rights, extended attributes) are
not signed, nor is a file that lies beside this folder.


THE REPORT

data/report.pdf tells the case to whoever reads nothing else. It is signed as a whole with the key of step 6 (PAdES), which any
reader of PDF that checks signatures sees, and OpenSSL too: its signature lies beside it, and the key in the form of a
certificate, which nobody else vouches for.

{report}

The first must end in "CMS Verification successful", the others print nothing: the signature beside the report is the one in it,
and the certificate has the key of this folder.


WHEN IT WAS THERE

{timestamps}

WHAT IS IN IT

  index.html        the case for people to look at; open it in any browser
  public.pem        the public key
  bagit.txt, bag-info.txt, manifest-sha256.txt, tagmanifest-sha256.txt
                    what makes the folder a bag, and the lists of digests: of data/, and of all else
  tagmanifest-sha256.txt.*.tsr, timestamps-sha256.txt
                    what authorities stated of the last of them, and the list of that, where they answered

and in data/

  report.pdf        what the case rests on, to be read and printed (PDF/A)
  report.pdf.p7s, report-key.pem
                    its signature alone, and the key that made it as a certificate
  report.pdf.sig, report.pdf.tsr
                    what an authority was shown of that signature, and its reply, where one answered
  case.json         the video, its captures, the claimant and its mandates, the provenance labels that were found
  matches.json      every match with times, boxes, score, threshold, expected false matches, models, reasons and reviews
  custody.jsonl     the chain of custody, one entry a line (see below)
  captures/         per capture, byte for byte as it was received and as far as it was to be had:
                      media.*         the video
                      page.html.txt   the page that showed it, under a name of text, so that it does not run
                      page.png        a picture of the page as a browser showed it
                      capture.warc    requests, answers, bodies and certificates in one WARC file (ISO 28500), for any
                                      archive's tools, such as pywb; "warcio check" compares its own digests
                      page.wacz       of that file the records of the page alone, copied as they stand there, in the form that
                                      viewers of web archives open (WACZ 1.1.1), such as ReplayWeb.page
                      headers.json    the answer's headers
                      manifest.json   the capture's manifest: addresses, times, tool, and the digests of all of these
                      manifest.*.tsr  what a timestamp authority stated of the manifest: its whole reply (RFC 3161)
                    What is missing stands in case.json under files, each with the reason
  stills/           frames cut from the captured media at the stated times, without and with the box of the match drawn. Faces of
                    others are made unrecognisable in them, where matches.json says so (hidden); in the media they are as captured
  authorities/      the certificates by which those authorities are known
  references/       the pictures, clips and recordings that the claimant enrolled


THE CHAIN OF CUSTODY

Each line of data/custody.jsonl holds its number (seq), the digest of the line before (previous) and its own (sha256). The digest
is the SHA-256 of the line's other fields as JSON with sorted keys and without blanks. Lines with those three fields alone
belong to other captures: they only show that no entry was taken out or put in.


WHAT A MATCH SAYS

{score_says}
The expected false matches say how many matches at least this strong would be raised by 1,000 videos in which nobody enrolled
is seen or heard. Each match in here was confirmed by the named person on the stated date.
"""


def readme(root: Path, held: CaseFile, case: dict[str, Any], fingerprint: str) -> str:
    """What whoever receives the bundle reads first. root: the folder, with all other files in it."""
    # This file and the manifest are about to be written, or to be written anew.
    files = len({*filter(seal.is_listed, seal.walk(root).files), seal.README, seal.MANIFEST})
    stamped = bool(expected(case))
    return _README.format(
        *commands(stamped=stamped),
        younger=AND_TOKENS if stamped else "",
        case_id=held.case.id,
        exported_at=case["exported_at"],
        operator=show_unseen(case["exported_by"]),
        version=version(),
        fingerprint=fingerprint,
        signer=Kind(case["signer"]["kind"]).said,
        files=files,
        signed=seal.BAG.signed,
        score_says=score_says(held.modalities),
        timestamps=timestamps(held, case),
        report="\n".join(f"    {command}" for command in report_commands(root, case)),
    )


def index_html(root: Path, held: CaseFile, case: dict[str, Any], matches: dict[str, Any], fingerprint: str) -> bytes:
    """The bundle's page; its pictures are smaller copies of those in the folder."""
    return render_html(
        "bundle",
        {
            "case": case,
            "video": held.video,
            "party": held.party,
            "addresses": held.addresses,
            "captures": held.captures,
            "files": {entry["id"]: _files(entry["files"]) for entry in case["captures"]},
            "timestamps": {key: _stamps(rows) for key, rows in held.timestamps.items()},
            "packs": matches["packs"],
            "labels": {key: label_words(labels) for key, labels in held.labels.items()},
            "matches": [_shown(root, held, entry) for entry in matches["matches"]],
            "score_says": score_says(held.modalities),
            "commands": commands(stamped=bool(expected(case))),
            "seal_timestamps": case["seal_timestamps"],
            "fingerprint": fingerprint,
            "exported": moment(datetime.fromisoformat(case["exported_at"])),
            "version": version(),
        },
    )


FILE_NAMES = {
    "media": "Video",
    "page": "Page, as text",
    "page_picture": "Picture of the page",
    "warc": "WARC of requests and answers",
    "wacz": "Page as a web archive (WACZ)",
    "manifest": "Manifest",
}
"""What a capture consists of, as people call it."""


def _files(said: dict[str, dict[str, str]]) -> list[tuple[str, str, str, str]]:
    """Per file of a capture: what it is, its path, its digest, and why it is absent."""
    return [
        (FILE_NAMES[what], entry.get("file", ""), entry.get("sha256", ""), entry.get("absent", ""))
        for what, entry in said.items()
    ]


def _stamps(rows: Sequence[Timestamp]) -> list[tuple[str, str, str]]:
    """Per authority: its name, what it said or why it said nothing, and the file with its reply."""
    return [
        (row.authority, f"not yet timestamped: {row.problem}", "")
        if row.stated_at is None
        else (row.authority, f"stated {moment(row.stated_at)}", token_name(row))
        for row in rows
    ]


def _shown(root: Path, held: CaseFile, entry: dict[str, Any]) -> dict[str, Any]:
    best = min(entry["stills"], key=lambda still: abs(still["t"] - entry["best_t"]), default=None)
    confirmed = next(match for match in held.matches if match.id == entry["id"])
    at, words = shown_second(entry), present(confirmed.modality)
    return {
        **entry,
        "kind": held.subjects[entry["subject_id"]].kind.value,
        "span": places(entry["t_start"], entry["t_end"], entry["spans"], entry["track"]) + shown_part(entry),
        "sensed": words.sensed,
        "nature": words.nature,
        "frame": words.frame(clock(entry["best_t"]), entry["subject"], confirmed=True),
        "enrolled": words.reference,
        "weight": weight(entry["likelihood_ratio"], entry["ratio_most"], entry["reasons"]),
        "best": clock(entry["best_t"]),
        "still": jpeg(decoder().picture(root / best["with_box"]), 900) if best else None,
        "still_gone": "" if best else NO_PLACE,
        "others": best["others"] if best else "",
        "reference": _reference(root, held, entry["reference_id"], at),
        "reference_at": of_second(at),
        "reviewer": confirmed.reviewer,
        "review_reason": confirmed.review_reason,
        "reviewed": moment(confirmed.reviewed_at),
    }


def _reference(root: Path, held: CaseFile, reference_id: str, at: float | None) -> bytes | None:
    row = held.references.get(reference_id)
    found = next((root / seal.DATA / "references").glob(f"{row.id}.*"), None) if row else None
    try:
        return jpeg(read_reference(found, row.kind, at), 480) if row and found else None
    except EvidenceMissing:
        return None
