"""Letters in Simplified Chinese: every passage is there in both languages, and says the same of the same case."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from crawler.availability import LookOutcome
from crawler.videos import Label, LabelOutcome
from registry.mandates import Basis, Mandate
from registry.types import Life, Modality, PartyKind, SubjectKind
from reports.notices.base import Authority, Brief, Letter, LetterTerms, Sight
from reports.notices.blanks import SIGNATURE, blank, runs
from reports.notices.chinese import CATALOGUE
from reports.notices.kinds import LETTERS
from reports.notices.language import Language
from reports.notices.laws.base import Ask
from reports.notices.laws.known import LAWS
from reports.notices.text import letter_text
from reports.notices.wording import Wording
from tests.support.briefs import AT, a_brief, a_page, a_place, full_party, text_of

CHINESE = Wording(Language.CHINESE)
IN_CHINESE = [law for law in LAWS.values() if Language.CHINESE in law.languages]
SAID = ("say", "ask", "fill")
TERMS = LetterTerms(
    recipient="抖音",
    recipient_address="北京市海淀区北三环西路甲18号\nlegal@platform.example",
    jurisdiction="China",
    law_confirmed_by="C. Ounsel",
    notice_authority="2026年11月19日签署的单独授权书",
)
ENGLISH_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")


def passages() -> Iterator[str]:
    """Every text that is given to a letter's wording, as it stands in the code."""
    folder = Path(reports.__file__).parent
    # What rests on laws of other places is written in English alone.
    english_alone = {"publicity.py", "choosing.py"}
    files = [*(folder / "notices").glob("*.py"), folder / "render" / "letter.py", folder / "render" / "docx.py"]
    for file in files:
        if file.name in english_alone:
            continue
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in SAID:
                for found in (node for given in call.args for node in ast.walk(given)):
                    if isinstance(found, ast.Constant) and isinstance(found.value, str) and found.value:
                        yield found.value


def fields(template: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}


def test_every_passage_is_there_in_chinese_with_the_same_values() -> None:
    found = set(passages())
    assert len(found) > 80
    assert found <= set(CATALOGUE), found - set(CATALOGUE)
    assert {english for english, chinese in CATALOGUE.items() if fields(english) != fields(chinese)} == set()


def test_what_laws_say_and_ask_is_there_in_chinese() -> None:
    for law in IN_CHINESE:
        for words in (law.title, law.citation, law.demand, *law.statements):
            assert CATALOGUE[words]
        for ask in law.asks():
            assert ask.value in CATALOGUE or ask is Ask.AUTHORITY
    kinds: list[type[StrEnum]] = [PartyKind, Modality]
    assert all(one.value in CATALOGUE for kind in kinds for one in kind)


def a_case(law: str, **terms: Any) -> Brief:
    kind = SubjectKind.PERSON if law == "prc_1019" else SubjectKind.CHARACTER
    brief = a_brief(kind, terms=replace(TERMS, **terms), party=full_party(), life=Life.LIVING)
    told = {"id": "m", "party_id": "p1", "subject_id": "s0", "document_sha256": "0" * 64, "verified_by": "A. Clerk"}
    mandate = Mandate(**told, basis=Basis.CONSENT, starts_at=AT, created_at=AT)
    return replace(brief, mandates={"s0": [Authority(mandate, (Modality.FACE,))]})


def written(brief: Brief, law: str) -> Letter:
    return LETTERS[law]().write(brief)


@pytest.mark.parametrize("law", [law.id for law in IN_CHINESE])
def test_a_letter_is_in_chinese_and_has_the_same_in_english_beside_it(law: str) -> None:
    letter = written(a_case(law), law)
    assert letter.language is Language.CHINESE
    assert letter.reading is not None
    assert (letter.reading.language, letter.reading.is_copy, letter.reading.reading) == (Language.ENGLISH, True, None)
    assert (letter.missing, letter.asked) == (("签名",), (SIGNATURE,))
    for stated in (
        "2026年11月20日09:00（协调世界时）",
        "北京市海淀区北三环西路甲18号",
        "抖音",
        "ab" * 32,
        "https://clips.example/v",
    ):
        assert stated in text_of(letter)
    assert "20 November 2026, 09:00 UTC" in text_of(letter.reading)
    alike = [(len(s.facts), len(s.blocks), len(s.paragraphs), len(s.bullets)) for s in letter.sections]
    assert alike == [(len(s.facts), len(s.blocks), len(s.paragraphs), len(s.bullets)) for s in letter.reading.sections]


@pytest.mark.parametrize("law", [law.id for law in IN_CHINESE])
def test_it_is_written_in_english_alone_where_that_is_asked_for(law: str) -> None:
    letter = written(a_case(law, language=Language.ENGLISH), law)
    assert (letter.language, letter.reading, letter.is_copy) == (Language.ENGLISH, None, False)
    assert "Yours faithfully," in letter.closing


@pytest.mark.parametrize("law", [law.id for law in IN_CHINESE])
def test_every_blank_is_marked_in_its_own_language_and_listed(law: str) -> None:
    bare = replace(a_brief(SubjectKind.PERSON if law == "prc_1019" else SubjectKind.CHARACTER), terms=LetterTerms())
    letter = written(bare, law)
    asked = [piece for piece, is_blank in runs(text_of(letter)) if is_blank]
    assert set(asked) == {blank(what, CHINESE) for what in letter.missing}
    assert len(letter.missing) == len(letter.asked) > 5
    assert "针对本通知的单独授权" in letter.missing
    assert "to be completed" not in text_of(letter)


SEEN = st.lists(st.tuples(st.sampled_from(Sight), st.sampled_from(LookOutcome)), min_size=1, max_size=4)
LABELS = st.lists(st.tuples(st.sampled_from(["aigc", "c2pa", "iptc", "platform", "words"]), st.sampled_from(LabelOutcome)))


@given(SEEN, LABELS)
def test_nothing_in_it_is_left_in_english(seen: list[tuple[Sight, LookOutcome]], labels: list[tuple[str, LabelOutcome]]) -> None:
    why = "https://clips.example/p answered 404: there is nothing at this address."
    places = [a_place("c1", pages=(a_page(),))]
    for number, (sight, outcome) in enumerate(seen):
        page = replace(a_page(f"https://clips.example/{number}"), outcome=outcome, why="" if outcome is LookOutcome.SEEN else why)
        places.append(a_place(f"d{number}", sight, why=why, pages=(page,)))
    found = {"ab" * 32: [Label(capture_id="c1", kind=kind, outcome=outcome) for kind, outcome in labels]}
    letter = written(replace(a_case("prc_1019"), places=places, labels=found), "prc_1019")
    plain = text_of(letter).replace("Guild of Players", "").replace("Los Angeles, CA 90000", "").replace("A clip", "")
    assert ENGLISH_WORDS.findall(plain) == []
    assert "None" not in plain


@pytest.mark.parametrize("title", ["{what}", "{0.__class__}", "{", "[to be completed: nothing]", "\u202egpj.exe", "a" * 5000])
def test_a_strangers_words_stay_what_they_are(title: str) -> None:
    brief = replace(a_case("prc_1019"), places=[a_place(pages=(a_page(title=title),))])
    letter = written(brief, "prc_1019")
    assert [value for s in letter.sections for b in s.blocks for name, value in b.facts if name == "标题"] == [title]


def test_what_the_record_has_in_english_alone_is_quoted_as_such() -> None:
    said = CHINESE.recorded("The moon was in the way")
    assert said == "“The moon was in the way”（此处为系统的英文记录原文）"
    assert CHINESE.recorded("https://x.example/ answered 404") == "https://x.example/ 返回状态码 404"


def test_the_mail_of_it_is_in_chinese() -> None:
    letter = written(a_case("prc_1019"), "prc_1019")
    text = letter_text(letter, "王律师")
    for words in ("2026年11月20日\n编号：c0ffee", "敬启者：", "电子签名：王律师", "法律依据："):
        assert words in text
    assert "Reference" not in text
