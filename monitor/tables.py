"""All rooms' tables: whoever imports this knows every one of them, and every question that an account's session may ask."""

from crawler import availability, custody, health, pages, videos
from registry import (
    accounts,
    answers,
    audit,
    blinding,
    claimants,
    contracts,
    documents,
    erase,
    groups,
    identities,
    legal,
    licences,
    listings,
    mandates,
    members,
    parties,
    portrayals,
    references,
    sign_in,
    signed_in,
    subjects,
    template_rows,
)
from reports import cases, leases, licence_changes, looked_for, matches, outbox, postings, review
from reports.notices import absent_stamp, events, notice
from reports.signing import timestamp

TABLES = (
    *(
        accounts,
        answers,
        sign_in,
        signed_in,
        audit,
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
        contracts,
        documents,
        identities,
        members,
        erase,
    ),
    *(health, videos, pages, availability, custody),
    *(matches, leases, licence_changes, looked_for, review, cases, notice, events, absent_stamp, timestamp, postings, outbox),
)
"""The modules that define tables. Naming them here is what makes one database of them."""

QUESTIONS = (claimants,)
"""Further modules that declare questions (registry.tenancy), which are known before an account has a session."""
