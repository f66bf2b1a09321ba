"""What to type for each action that an error or a finding advises."""

from collections.abc import Iterable, Mapping

from registry.actions import Action, Step

COMMANDS: Mapping[Action, str] = {
    Action.ADD_GROUP: "group add",
    Action.ADD_MANDATE: "mandate add",
    Action.ADD_PACK: "models add FOLDER",
    Action.ADD_PARTY: "party add",
    Action.ADD_REFERENCE: "reference add SUBJECT PHOTO",
    Action.ADD_SOURCE: "source add NAME URL",
    Action.ADD_SUBJECT: "subject add",
    Action.ACCEPT_PHOTO: "members accept",
    Action.BUILD_FIGURE_PACK: "models build figure-open",
    Action.BUILD_PACK: "models build open",
    Action.BUILD_TEXT_PACK: "models build text-open",
    Action.BUILD_VOICE_PACK: "models build voice-open",
    Action.CLEAR_FOLDER: "vault clear",
    Action.COMPARE_ROSTER: "members compare",
    Action.CONFIRM_MATCH: "review confirm MATCH",
    Action.DECIDE_IDENTITY: "identity decide",
    Action.DECLARE_MANDATE: "mandate declare",
    Action.ERASE: "erase",
    Action.EXAMINE: "doctor",
    Action.EXPORT_EVIDENCE: "evidence export",
    Action.LOOK_AT_UNREAD: "capture again CAPTURE",
    Action.LOOK_AGAIN: "notice draft",
    Action.MAKE_KEY: "keys new",
    Action.MAKE_RELEASE: "privacy release --party PARTY",
    Action.MAKE_TOKEN: "account token NAME",
    Action.MAKE_WORKSPACE: "init",
    Action.PULL_PACK: "models pull PACK",
    Action.RENAME_SUBJECT: "subject rename",
    Action.RESUME: "resume",
    Action.RESTORE_GUARDS: "init",
    Action.REVOKE_ALLOWANCE: "allow revoke ID",
    Action.REVOKE_LICENCE: "licence revoke ID",
    Action.REVOKE_MANDATE: "mandate revoke",
    Action.ROTATE_KEYS: "keys rotate",
    Action.DECIDE_NUMBERS: "members numbers loosely --party PARTY",
    Action.SEE_ACCOUNTS: "account list",
    Action.SEE_ALLOWANCES: "allow list",
    Action.SEE_CASES: "case list",
    Action.SEE_GROUP: "group show GROUP",
    Action.SEE_GROUPS: "group list",
    Action.SEE_IDENTITIES: "identity list",
    Action.SEE_IMPORTS: "members imports",
    Action.SEE_LINKS: "members links",
    Action.SEE_LICENCES: "licence list",
    Action.SEE_LIFE: "notice show NOTICE",
    Action.SEE_MANDATES: "mandate list",
    Action.SEE_MATCHES: "review list --status all",
    Action.SEE_NOTICES: "notice list CASE",
    Action.SEE_PACKS: "models list",
    Action.SEE_PARTIES: "party list",
    Action.SEE_PORTRAYALS: "portrayal list",
    Action.SEE_REFERENCES: "reference list",
    Action.SEE_REFUSED: "members refused",
    Action.SEE_SOURCES: "source list",
    Action.RESUME_SOURCE: "source resume NAME",
    Action.SEE_SUBJECT: "subject show",
    Action.SEE_SUBJECTS: "subject list",
    Action.SEE_UNREAD: "capture unread",
    Action.SEE_TOKENS: "account tokens NAME",
    Action.TRUST_CLOCK: "account unlock --clock",
    Action.UNLOCK_ACCOUNT: "account unlock NAME",
    Action.VERIFY: "audit verify",
    Action.NOTE_LIFE: "subject life",
    Action.SEE_LAWS: "notice laws",
}
"""A last word in capitals, or "all", stands for what the action is done to."""

OPTIONS: Mapping[Action, str] = {
    Action.NAME_REVIEWER: "--reviewer",
    Action.SAY_WHY: "--reason",
    Action.SAY_HOW: "--how",
    Action.NAME_APPROVER: "--by",
    Action.CONSIDER_FAIR_USE: "--fair-use-by, --fair-use-on and --fair-use-reason",
    Action.CONSIDER_LICENCES: "--licences-considered-by and --licences-reason",
    Action.CONFIRM_STATUTES: "--law-confirmed-by",
    Action.CHOOSE_LANGUAGE: "--language",
    Action.NAME_AUTHORITY: "--notice-authority",
    Action.NAME_RECIPIENT: "--to",
    Action.MEND_PLACE: "--territory",
    Action.SHOW_GROUND: "--evidence and --by",
    Action.NAME_CONDITION: "--special",
    Action.PROVE_CONSENT: "--consent",
    Action.NAME_USE: "--uploader with --host, --host, or --address alone,",
    Action.NAME_HOST: "--host, or --any-host,",
    Action.NAME_CHANNEL: "--uploader, or --yes-all,",
    Action.NAME_DECIDER: "--by and --reason",
    Action.NAME_OUTPUT: "--out",
    Action.NAME_OUTCOME: "--outcome",
    Action.NAME_START: "--from",
    Action.NAME_END: "--until",
    Action.NAME_SHEET: "--sheet",
    Action.NAME_ENCODING: "--encoding",
    Action.NAME_NUMBERS: "--number-column",
    Action.NAME_PHOTOS: "--photos",
    Action.BE_SURE: "--sure",
    Action.TAKE_CONSENTS: "--with-consents",
    Action.SAY_LIKENESS: "--despite-likeness",
    Action.SEND_AGAIN: "--again",
    Action.NAME_ORIGIN: "--from",
    Action.HOLD_LICENCE: "--accept-licence",
    Action.NAME_KEY: "--key",
}
"""Of the very command that was typed."""


def worded(advice: str, steps: Iterable[Step]) -> str:
    """What to do, with what to type for it."""
    return f"{advice} {typed(steps)}".strip()


def typed(steps: Iterable[Step]) -> str:
    """A sentence that names the commands; "" for no steps."""
    wanted = list(steps)
    commands = ", or ".join(f"`{command(step)}` to {step.action.value}" for step in wanted if step.action in COMMANDS)
    options = (f"give {OPTIONS[step.action]} to {step.action.value}" for step in wanted if step.action in OPTIONS)
    said = ", or ".join((*options, *([f"type {commands}"] if commands else ())))
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def command(step: Step) -> str:
    known = f"semblance {COMMANDS[step.action]}"
    *first, last = known.split(" ")
    return " ".join((*first, _quoted(step.thing))) if step.thing and (last.isupper() or last == "all") else known


def _quoted(thing: str) -> str:
    return f'"{thing}"' if " " in thing else thing
