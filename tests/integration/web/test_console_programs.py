"""Tokens and webhooks in the console: shown once, after a fresh proof, each party its own; a subject erased with a receipt."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from sqlmodel import select
from standardwebhooks import Webhook, WebhookVerificationError

from monitor.webhooks import deliver
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import ApiToken, Caller, Role
from registry.parties import Party
from registry.references import Reference
from registry.subjects import Subject
from reports.outbox import Happened, WebhookMessage, tell
from tests.support.console import Answer, Console, served
from tests.support.factors import aged
from tests.support.taking import Receiver
from tests.support.tenancy.two_parties import furnish


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("programs") / "work"
    init_workspace(root)
    (root / "semblance.toml").write_text('[crawl]\nallowed_networks = ["127.0.0.0/8"]\n', "utf-8")
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Alpha", "Beta"):
                furnish(workspace, session, name)
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.fixture(scope="module")
def party(console: Console) -> str:
    with console.workspace.session() as session:
        return session.exec(select(Party.id).where(Party.name == "Alpha union")).one()


@pytest.fixture(scope="module")
def admin(console: Console, party: str) -> Caller:
    return console.account("A. Dmin", Role.ADMIN, party)


def post(console: Console, secret: str, path: str, *more: tuple[str, str], **fields: str) -> Answer:
    return console.ask("POST", path, secret, urlencode([*fields.items(), *more]))


def secret_in(page: str) -> str:
    found = re.search(r'<p class="secret"><code>([^<]+)</code>', page)
    assert found, page
    return html.unescape(found[1])


def test_a_token_takes_a_fresh_proof_is_shown_once_and_ends(console: Console, admin: Caller) -> None:
    path, fields = f"/accounts/{admin.account_id}/tokens", {"label": "The export", "days": "7"}
    stale = post(console, aged(console, admin), path, ("scope", "read"), **fields)
    assert "Confirm that it is you" in stale.text
    assert 'value="The export"' in stale.text
    own = console.cookie(admin)
    issued = post(console, own, path, ("scope", "read"), ("scope", "decide"), **fields)
    token = secret_in(issued.text)
    bearer = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    assert console.ask("GET", "/v1/matches", **bearer).status == 200
    assert console.ask("GET", "/v1/check/key", **bearer).status == 200
    listed = console.ask("GET", path, own).text
    assert token not in listed
    assert "for read, decide" in listed
    assert "last used" in listed
    with console.workspace.session() as session:
        key = session.exec(select(ApiToken.id).where(ApiToken.label == "The export")).one()
    assert post(console, own, f"/tokens/{key}/end").status == 303
    assert console.ask("GET", "/v1/matches", **bearer).status == 401
    assert "revoked" in console.ask("GET", path, own).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"days": "0"}, "A token lives from now"),
        ({"days": "367"}, "A token lives from now"),
        ({"days": "soon"}, "are no days"),
        ({"scope": "everything"}, "none of the choices"),
        ({"scope": ""}, "none of the choices"),
    ],
)
def test_a_token_that_cannot_be_says_why_and_keeps_what_was_typed(
    console: Console, admin: Caller, wrong: dict[str, str], said: str
) -> None:
    fields = {"label": "Kept as typed", "days": "7", "scope": "read"} | wrong
    got = post(console, console.cookie(admin), f"/accounts/{admin.account_id}/tokens", **fields)
    assert (got.status >= 400, said in html.unescape(got.text), 'value="Kept as typed"' in got.text) == (True, True, True)


def test_whoever_may_not_issue_sees_their_own_and_no_other_partys(console: Console, party: str, admin: Caller) -> None:
    reviewer = console.account("P. Legal", Role.REVIEWER, party)
    own = console.cookie(reviewer)
    looked = console.ask("GET", f"/accounts/{reviewer.account_id}/tokens", own)
    colleagues = console.ask("GET", f"/accounts/{admin.account_id}/tokens", own)
    assert (colleagues.status, "another account" in html.unescape(colleagues.text)) == (403, True)
    assert (looked.status, "Issue a token" in looked.text) == (200, False)
    assert post(console, own, f"/accounts/{reviewer.account_id}/tokens", label="x", days="1", scope="read").status == 403
    with console.workspace.session() as session:
        beta = session.exec(select(Party.id).where(Party.name == "Beta union")).one()
    other = console.account("B. Dmin", Role.ADMIN, beta)
    assert console.ask("GET", f"/accounts/{other.account_id}/tokens", console.cookie(admin)).status == 404


def test_a_webhook_is_added_tried_given_another_secret_and_removed(
    console: Console, party: str, admin: Caller, receiver: Receiver
) -> None:
    own = console.cookie(admin)
    assert "Confirm that it is you" in post(console, aged(console, admin), "/webhooks", party=party, url=receiver.url).text
    own = console.cookie(admin)
    refused = post(console, own, "/webhooks", party=party, url="http://10.0.0.1/hook")
    assert (refused.status >= 400, 'value="http://10.0.0.1/hook"' in refused.text) == (True, True)
    added = post(console, own, "/webhooks", party=party, url=receiver.url)
    first = secret_in(added.text)
    found = re.search(r'action="/webhooks/([^/"]+)/test"', added.text)
    assert found
    key = found[1]
    assert first not in console.ask("GET", f"/webhooks/{key}", own).text
    assert "It took the test." in post(console, own, f"/webhooks/{key}/test").text
    second = secret_in(post(console, own, f"/webhooks/{key}/secret").text)
    assert second != first
    post(console, own, f"/webhooks/{key}/test")
    headers, body = receiver.taken[-1]
    for secret in (first, second):
        Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(f"whsec_{'A' * 43}=").verify(body, headers)
    again = post(console, own, f"/webhooks/{key}/secret")
    assert (again.status, "messages carry the one before as well until" in again.text) == (409, True)
    post(console, own, f"/webhooks/{key}/test")
    headers, body = receiver.taken[-1]
    Webhook(first).verify(body, headers)
    receiver.status = 500
    assert "did not take it" in post(console, own, f"/webhooks/{key}/test").text
    with console.workspace.session() as session:
        subject = session.exec(select(Subject.id).where(Subject.name == "Alpha person")).one()
        tell(session, Happened.MATCH_FOUND, {"match_id": "m"}, subject=subject)
        session.commit()
    deliver(console.workspace)
    page = console.ask("GET", f"/webhooks/{key}", own).text
    assert "sent 1 times in vain: It answered with 500." in page
    assert "It takes nothing since" in page
    assert receiver.url in console.ask("GET", "/webhooks", own).text
    assert post(console, own, f"/webhooks/{key}/remove").status == 303
    assert receiver.url not in console.ask("GET", "/webhooks", own).text
    with console.workspace.session() as session:
        assert session.exec(select(WebhookMessage).where(WebhookMessage.endpoint_id == key)).all() == []


def test_an_erasure_says_what_goes_and_stays_takes_a_fresh_proof_and_shows_its_receipt(console: Console, party: str) -> None:
    registrar = console.account("R. Egistrar", Role.REGISTRAR, party)
    with console.workspace.session() as session:
        subject = session.exec(select(Subject).where(Subject.name == "Alpha person")).one()
        key, held = subject.id, len(session.exec(select(Reference).where(Reference.subject_id == subject.id)).all())
        beta = session.exec(select(Subject.id).where(Subject.name == "Beta person")).one()
    own, path = console.cookie(registrar), f"/registry/subjects/{key}/erase"
    before = console.ask("GET", path, own).text
    assert f"{held} references and" in before
    assert "GDPR Art. 5(2)" in before
    stale = post(console, aged(console, registrar), path, reason="asked for it", sure="yes")
    assert "Confirm that it is you" in stale.text
    own = console.cookie(registrar)
    for wrong in ({"reason": "", "sure": "yes"}, {"reason": "asked for it"}, {"reason": "Alpha person asked", "sure": "yes"}):
        assert post(console, own, path, **wrong).status >= 400
    with console.workspace.session() as session:
        assert session.get_one(Subject, key).erased_at is None
    done = post(console, own, path, reason="asked for it by letter", sure="yes")
    assert done.status == 303
    receipt = console.ask("GET", done.headers["location"], own)
    assert (receipt.status, "Alpha person" in receipt.text, key in receipt.text) == (200, False, True)
    with console.workspace.session() as session:
        assert session.get_one(Subject, key).erased_at is not None
        assert session.exec(select(Reference).where(Reference.subject_id == key)).all() == []
    assert console.ask("GET", f"/registry/subjects/{beta}/erase", own).status == 404
    assert post(console, own, f"/registry/subjects/{beta}/erase", reason="x", sure="yes").status == 404
    assert console.ask("GET", f"/registry/erasures/{beta}", own).status == 404
