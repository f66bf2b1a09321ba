"""Every recipe of a pack is well-formed: addresses, digests and where they were read, licences, and what nobody has seen."""

import re
from urllib.parse import urlsplit

import pytest

from crawler.guard import GuardPolicy, check_url
from matcher.packs.pull.known import KNOWN
from matcher.packs.pull.recipe import InsightfacePackage, PullRecipe, RemoteFile, Unstated
from matcher.packs.spec import is_pack_id

FILES = {f"{known.id}/{file.name}": file for known in KNOWN.values() if isinstance(known, PullRecipe) for file in known.files}
COMMIT = re.compile(r"\b[0-9a-f]{40}\b")


@pytest.mark.parametrize("pack", KNOWN)
def test_it_has_a_name_a_title_and_a_licence_in_words(pack: str) -> None:
    known = KNOWN[pack]
    assert is_pack_id(pack)
    assert known.id == pack
    assert known.title
    assert known.licence.names
    assert known.licence.text


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_a_file_is_https_pinned_and_says_where_its_digest_was_read(file: RemoteFile) -> None:
    for address in (file.address, file.licence_at):
        assert check_url(address, GuardPolicy(allowed_schemes=("https",))).scheme == "https"
    assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    assert file.size > 0
    assert file.licence
    assert COMMIT.search(file.said_by) or file.said_by.startswith("not read at the publisher's: ")
    assert urlsplit(file.address).path.rpartition("/")[2] == file.name, "a mirror has it under this name"


@pytest.mark.parametrize("file", [file for file in FILES.values() if "opencv_zoo" in file.address], ids=lambda file: file.name)
def test_a_file_of_opencv_zoo_is_taken_at_the_commit_whose_pointer_was_read(file: RemoteFile) -> None:
    assert COMMIT.findall(file.address) == COMMIT.findall(file.said_by) == COMMIT.findall(file.licence_at)


def test_one_name_is_one_file_so_that_a_mirror_can_be_one_folder() -> None:
    assert len({file.name for file in FILES.values()}) == len({(file.name, file.sha256) for file in FILES.values()})


def test_licences_for_research_are_marked_and_what_cannot_be_stated_says_why() -> None:
    packages = [known for known in KNOWN.values() if isinstance(known, InsightfacePackage)]
    assert packages
    assert not any(known.licence.commercial for known in packages)
    for known in KNOWN.values():
        assert not isinstance(known, Unstated) or known.why
