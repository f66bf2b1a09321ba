"""What letters of one kind all need, and must have thought of, whichever law they rest on."""

from reports.notices.laws.base import Ask

PARTIES = (Ask.AUTHORITY, Ask.SENDER_ADDRESS, Ask.SENDER_EMAIL, Ask.RECIPIENT, Ask.RECIPIENT_ADDRESS, Ask.SIGNATORY)

DEMAND = (Ask.JURISDICTION, Ask.PURPOSE, Ask.EXCEPTIONS, *PARTIES)
"""Of a letter that demands by a person's right."""

EXCEPTIONS = "Whether news, commentary, satire, parody, incidental or nominative use permits it."
NO_CONSENT = "Whether a consent, licence or release covers the use."
