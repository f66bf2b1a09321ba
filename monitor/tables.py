"""All rooms' tables: whoever imports this knows every one of them, and every question that an account's session may ask."""

from crawler import availability, custody, health, pages, videos
from registry import (
    account_news,
    accounts,
    answers,
    audit,
    audit_listing,
    blinding,
    claimants,
    claims,
    contracts,
    documents,
    erase,
    groups,
    half_done,
    identities,
    invitations,
    legal,
    licences,
    linked_subjects,
    listings,
    mandates,
    members,
    parties,
    portrayals,
    references,
    second_factors,
    signed_in,
    subjects,
    template_rows,
    tries,
)
from reports import cases, leases, licence_changes, looked_for, matches, outbox, postings, review, second_review_rows
from reports.families import rows as families
from reports.notices import absent_stamp, events, notice
from reports.signing import timestamp

TABLES = (
    *(
        accounts,
        answers,
        tries,
        signed_in,
        second_factors,
        half_done,
        linked_subjects,
        account_news,
        audit,
        audit_listing,
        parties,
        subjects,
        groups,
        portrayals,
        references,
        template_rows,
        licences,
        mandates,
        legal,
        listings,
        blinding,
        claims,
        contracts,
        documents,
        identities,
        invitations,
        members,
        erase,
    ),
    *(health, videos, pages, availability, custody),
    *(
        matches,
        leases,
        licence_changes,
        looked_for,
        review,
        second_review_rows,
        families,
        cases,
        notice,
        events,
        absent_stamp,
        timestamp,
        postings,
        outbox,
    ),
)
"""The modules that define tables. Naming them here is what makes one database of them."""

QUESTIONS = (claimants,)
"""Further modules that declare questions (registry.tenancy), which are known before an account has a session."""
