"""What a person can do about an error, as a value: each face says how it is done there."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Action(Enum):
    """The value says it in words that hold in any face, as the end of a sentence that begins with "to" could."""

    ADD_GROUP = "add a group"
    ADD_MANDATE = "add a mandate"
    ADD_PACK = "add the folder of a built pack"
    ADD_PARTY = "add a party"
    ADD_REFERENCE = "add a reference"
    ADD_SUBJECT = "add a subject"
    ADD_SOURCE = "add a source"
    ACCEPT_PHOTO = "accept a refused photo"
    BUILD_FIGURE_PACK = "build the pack figure-open"
    BUILD_PACK = "build the pack open"
    BUILD_TEXT_PACK = "build the pack text-open"
    BUILD_VOICE_PACK = "build the pack voice-open"
    CLEAR_FOLDER = "remove from the folder what lies in the bucket"
    COMPARE_ROSTER = "compare the roster with who is enrolled"
    CONFIRM_MATCH = "confirm the match"
    DECLARE_MANDATE = "declare that a work is the party's own"
    DECIDE_IDENTITY = "decide on a shared identity"
    ERASE = "erase one member"
    EXAMINE = "examine the installation"
    EXPORT_EVIDENCE = "export what was captured"
    LOOK_AT_UNREAD = "have a capture that could not be read looked at again"
    LOOK_AGAIN = "look at the addresses again and draft the letter"
    MAKE_KEY = "make a key"
    MAKE_RELEASE = "make a release text"
    MAKE_TOKEN = "make a new token"  # noqa: S105
    MAKE_WORKSPACE = "make the folder a workspace"
    PULL_PACK = "pull the pack"
    RENAME_SUBJECT = "rename a subject"
    RESUME = "let the restored workspace run and send again"
    RESTORE_GUARDS = "have what guards the database put back"
    REVOKE_ALLOWANCE = "revoke the entry of the allow-list"
    REVOKE_LICENCE = "revoke the licence"
    REVOKE_MANDATE = "revoke the mandate"
    ROTATE_KEYS = "seal everything with a new key"
    DECIDE_NUMBERS = "decide what tells the party's member numbers apart"
    SEE_ACCOUNTS = "see the accounts"
    SEE_ALLOWANCES = "see the allow-list"
    SEE_CASES = "see the cases"
    SEE_GROUP = "see who is in the group"
    SEE_GROUPS = "see the groups"
    SEE_IDENTITIES = "see the shared identities"
    SEE_IMPORTS = "see the imports"
    SEE_LINKS = "see the links by which members enrol themselves"
    SEE_LICENCES = "see the licences"
    SEE_LIFE = "see what happened to the letter"
    SEE_MANDATES = "see the mandates"
    SEE_MATCHES = "see the matches"
    SEE_NOTICES = "see the letters of a case"
    SEE_PACKS = "see the packs"
    SEE_PARTIES = "see the parties"
    SEE_PORTRAYALS = "see the portrayals"
    SEE_REFERENCES = "see the references"
    SEE_REFUSED = "see the refused photos"
    SEE_SOURCES = "see the sources"
    RESUME_SOURCE = "watch a source again that was paused or removed"
    SEE_SUBJECT = "see what is held of a subject"
    SEE_SUBJECTS = "see the subjects"
    SEE_UNREAD = "see the captures that could not be read"
    SEE_TOKENS = "see the account's tokens"
    TRUST_CLOCK = "take the clock as it is now, as whoever runs the machine"
    UNLOCK_ACCOUNT = "open the account again, as whoever runs the machine"
    VERIFY = "verify the chains and the vault"
    NAME_REVIEWER = "name the person who decides"
    SAY_WHY = "give the reason, which is printed in the report"
    SAY_HOW = "say how it is known, or why"
    NAME_APPROVER = "name the person who approves"
    CONSIDER_FAIR_USE = "say who considered fair use, on which day, and why the notice is sent all the same"
    CONSIDER_LICENCES = "say who considered the licences, and why the letter is sent all the same"
    CONFIRM_STATUTES = "name whoever confirmed the statutes"
    CHOOSE_LANGUAGE = "choose another language"
    NAME_AUTHORITY = "name the authority that was given for this very notice"
    NAME_RECIPIENT = "give the recipient's mail address"
    MEND_PLACE = "mend the place as a code"
    NOTE_LIFE = "mend what is on record of whether the person lives, and where"
    SEE_LAWS = "see the laws"
    SHOW_GROUND = "say what shows it, and who judged it"
    NAME_CONDITION = "name the condition of GDPR Art. 9(2), such as: Art. 9(2)(f), defence of legal claims"
    PROVE_CONSENT = "say that it proves the person's own consent"
    NAME_USE = "name an uploader and the host, a host, or one address"
    NAME_HOST = "name the host, or allow it on every host"
    NAME_CHANNEL = "name the channel, or say that the whole host is meant"
    NAME_DECIDER = "name who decides, and say why"
    NAME_OUTPUT = "name another place for what is written"
    NAME_OUTCOME = "name another place for the outcomes"
    NAME_START = "say from which day on they hold"
    NAME_END = "name a day to come as the last one"
    NAME_SHEET = "say which sheet is meant"
    NAME_ENCODING = "say in which encoding it was saved"
    NAME_NUMBERS = "say which column holds the members' own numbers, or that none does"
    NAME_PHOTOS = "name the folder of the photos"
    BE_SURE = "say that it is the right one"
    TAKE_CONSENTS = "take back the consents as well"
    SAY_LIKENESS = "say what whoever looked at it found, and enrol it all the same"
    SEND_AGAIN = "send it to them once more"
    NAME_ORIGIN = "name a folder or a mirror that has it"
    HOLD_LICENCE = "declare that you hold a licence"
    NAME_KEY = "name the file that holds the key"

    def of(self, thing: str) -> "Step":
        """It, done to one thing. thing: its id, name or state."""
        return Step(self, thing)


@dataclass(frozen=True)
class Step:
    """An action, and what it is done to; "" where that is for the person to say."""

    action: Action
    thing: str = ""


Advice: TypeAlias = str | Action | Step
"""What to do: a sentence, or an action, done to one thing or to what the person says."""


def in_words(steps: Iterable[Step]) -> str:
    """A sentence for any face; "" for no steps."""
    said = ", or ".join(step.action.value for step in steps)
    return f"{said[:1].upper()}{said[1:]}." if said else ""
