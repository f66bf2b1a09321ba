"""Each party its own, in every route: two unions, and a member under one of them."""

from collections.abc import Mapping

import pytest

from monitor.web.access import ROLES
from monitor.web.api.document import document
from tests.support.api_desk import ApiDesk, Asker

KINDS = ("matches", "cases", "notices", "parties", "subjects", "references", "licences", "mandates", "reports")
BODIES: Mapping[str, object] = {
    "matches_decide": {"decision": "reject", "reason": "x"},
    "notices_record": {"event": "expired", "how": "settled"},
}
NAMES = {
    "Alpha clerk": ("Alpha union", "Alpha person", "Alpha figure", "Alpha licensee"),
    "Beta clerk": ("Beta",),
    "Local clerk": ("Local",),
}
"""By which what is each one's would be known."""
STRANGERS = [
    ("Alpha clerk", "Beta clerk"),
    ("Beta clerk", "Alpha clerk"),
    ("Local clerk", "Beta clerk"),
    ("Alpha clerk", "Local clerk"),
]
"""Whose things are asked for, and by whom; the last one asks for its parent's."""


@pytest.fixture(scope="module")
def askers(desk: ApiDesk) -> dict[str, Asker]:
    return {name: desk.asker(name) for name in NAMES}


def ids(asker: Asker, kind: str) -> set[str]:
    """Every id of a list that such rows have, their own and those they name."""
    rows = asker.get(f"/v1/{kind}", limit=500, **({"status": "all"} if kind == "matches" else {})).json()["items"]
    return {row["id"] for row in rows}


def told(owner: str, text: str) -> list[str]:
    return [name for name in NAMES[owner] if name in text]


def of_one(path: str) -> str:
    return path.split("/")[2]


OPERATIONS = sorted(
    (path, method, operation["operationId"]) for path, each in document()["paths"].items() for method, operation in each.items()
)
ABOUT_ONE = [each for each in OPERATIONS if "{" in each[0] and of_one(each[0]) in KINDS]


def test_every_route_about_one_thing_is_tried() -> None:
    assert {f"api.{name.replace('_', '.', 1)}" for _, _, name in ABOUT_ONE} == {
        name
        for name in ROLES
        if name.startswith("api.") and name.rpartition(".")[2] in ("show", "decide", "record", "end", "file")
    } - {"api.sources.show", "api.agreement.show", "api.seconds.show", "api.seconds.decide"}
    # What is about no party; and second reviews, which none waits for here: test_api_seconds.py has them.


@pytest.mark.parametrize(("owner", "stranger"), STRANGERS)
@pytest.mark.parametrize(("path", "method", "name"), ABOUT_ONE)
def test_anothers_thing_is_answered_like_one_that_is_not_there(
    askers: dict[str, Asker], owner: str, stranger: str, path: str, method: str, name: str
) -> None:
    asker = askers[stranger]
    foreign = ids(askers[owner], of_one(path)) - ids(asker, of_one(path))
    assert foreign or of_one(path) == "reports"

    def said(key: str) -> tuple[int, str]:
        address = path[: path.index("{")] + key + path[path.index("}") + 1 :]
        answer = (
            asker.get(address)
            if method == "get"
            else asker.post(address, BODIES.get(name), etag='"x"' if "decide" in name else None)
        )
        return answer.status_code, answer.text.replace(key, "KEY")

    for key in foreign:
        assert said(key) == said("0" * 32), path
        assert said(key)[0] == 404
        assert not told(owner, said(key)[1])


@pytest.mark.parametrize(("owner", "stranger"), STRANGERS)
def test_no_list_tells_of_another_party_not_by_filters_either(askers: dict[str, Asker], owner: str, stranger: str) -> None:
    asker, theirs = askers[stranger], {kind: ids(askers[owner], kind) for kind in KINDS}
    for path, method, name in OPERATIONS:
        if "{" in path or method != "get" or of_one(path) == "sources":
            continue
        parameters = {each["name"] for each in document()["paths"][path]["get"].get("parameters", ()) if each["in"] == "query"}
        base = {"limit": 500} | ({"status": "all"} if "status" in parameters else {})
        assert not told(owner, asker.get(path, **base).text), name
        for parameter, kind in {"subject": "subjects", "party": "parties", "case": "cases"}.items():
            for key in theirs[kind] - ids(asker, kind) if parameter in parameters else ():
                foreign = asker.get(path, **base, **{parameter: key})
                nothing = asker.get(path, **base, **{parameter: "0" * 32})
                assert (foreign.status_code, foreign.text.replace(key, "")) == (
                    nothing.status_code,
                    nothing.text.replace("0" * 32, ""),
                )


def test_a_parent_sees_and_decides_what_is_its_members(desk: ApiDesk, askers: dict[str, Asker]) -> None:
    for kind in KINDS:
        assert ids(askers["Local clerk"], kind) <= ids(askers["Alpha clerk"], kind)
    match = desk.match("Local")
    etag = askers["Alpha clerk"].get(f"/v1/matches/{match}").headers["etag"]
    decided = askers["Alpha clerk"].post(f"/v1/matches/{match}/decisions", {"decision": "confirm", "reason": "Hers"}, etag=etag)
    assert decided.json()["status"] == "confirmed"
