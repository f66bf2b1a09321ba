"""A letter in Chinese as files: its fonts and language in PDF and DOCX, and the English copies that are not sent."""

import io
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn
from page import ValidationProfile

from monitor.looking import looker
from monitor.workspace import open_workspace
from registry.db import now
from registry.documents import digest_of
from reports.errors import NoticeRefused
from reports.issuing import issue_draft, issue_notice
from reports.notices.approval import approve_notice
from reports.notices.base import Letter
from reports.notices.drafts import draft_notice
from reports.notices.form import form_of
from reports.notices.kinds import LETTERS
from reports.notices.language import Language
from reports.notices.notice import Notice, find_notice
from reports.notices.places import look_at_case
from reports.notices.stored import letter_of
from reports.notices.writing import WrittenNotice
from tests.support.letters_desk import FULL, LettersDesk, prepare
from tests.support.loopback_site import open_site
from tests.support.pdf_checks import failures_of
from tests.support.weekly_place import poppler

TERMS = replace(FULL, jurisdiction="China", recipient="抖音", notice_authority="2026年11月19日的单独授权书")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LettersDesk]:
    folder = tmp_path_factory.mktemp("desk")
    prepare(folder / "work")
    with open_site() as site, open_workspace(folder / "work") as workspace:
        made = LettersDesk(workspace, site, folder)
        made.post("/post", title="明星代言：限时抢购")
        made.decide(made.capture())
        yield made


def drafted(desk: LettersDesk, **terms: object) -> tuple[str, WrittenNotice, Letter]:
    place = desk.workspace
    with place.session() as session:
        case = desk.case(session)
        with looker(place) as looks:
            looked = look_at_case(session, case, looks)
        asked = replace(TERMS, **terms)  # type: ignore[arg-type]
        made = issue_draft(session, place.vault, case, LETTERS["prc_14"](), asked, "C. Ounsel", looked, desk.out)
        return made.notice.id, made.written, letter_of(made.notice)


@pytest.fixture(scope="module")
def draft(desk: LettersDesk) -> tuple[str, WrittenNotice, Letter]:
    return drafted(desk)


def printed(pdf: Path) -> str:
    ran = subprocess.run([poppler("pdftotext"), "-raw", str(pdf), "-"], capture_output=True, text=True, check=True)
    return "".join(ran.stdout.split())


def test_the_pdf_is_an_archives_and_everybodys_and_every_letter_of_it_is_drawn(draft: tuple[str, WrittenNotice, Letter]) -> None:
    _, written, letter = draft
    assert written.reading is not None
    for pdf in (written.pdf, written.reading[1]):
        for profile in (ValidationProfile.PDF_A_2B, ValidationProfile.PDF_UA_1):
            assert failures_of(pdf.read_bytes(), profile) == []
    text = printed(written.pdf)
    for words in (letter.title, *(section.heading for section in letter.sections), "明星代言：限时抢购", "草稿", "附件：截图"):
        assert "".join(words.split()) in text
    assert "⟨U+" not in text
    assert "READINGCOPY" in printed(written.reading[1])
    fonts = subprocess.run([poppler("pdffonts"), str(written.pdf)], capture_output=True, text=True, check=True).stdout
    assert "CJK" in fonts


def test_the_docx_names_the_language_and_a_font_of_east_asia(draft: tuple[str, WrittenNotice, Letter]) -> None:
    _, written, letter = draft
    assert written.reading is not None
    document = docx.Document(str(written.docx))
    assert next(each.text for each in document.paragraphs if each.style.name == "Title") == letter.title
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "SimSun"
    (language,) = document.styles["Normal"].element.iter(qn("w:lang"))
    assert (language.get(qn("w:val")), language.get(qn("w:eastAsia"))) == ("zh-CN", "zh-CN")
    with ZipFile(io.BytesIO(written.docx.read_bytes())) as parts:
        assert "chineseCountingThousand" in parts.read("word/numbering.xml").decode()
    english = docx.Document(str(written.reading[0]))
    (language,) = english.styles["Normal"].element.iter(qn("w:lang"))
    assert language.get(qn("w:val")) == "en-US"
    assert "READING COPY" in english.sections[0].header.paragraphs[0].text


def test_the_blocks_of_a_form_are_in_chinese(desk: LettersDesk, draft: tuple[str, WrittenNotice, Letter]) -> None:
    with desk.workspace.session() as session:
        blocks = {block.field: block.text for block in form_of(session, draft[0], now().date()).blocks}
    assert {"发件人", "收件人", "事由", "被投诉的使用行为", "生成合成内容的标识", "通知", "签名"} <= set(blocks)
    assert "《信息网络传播权保护条例》第十四条" in blocks["通知"]
    assert blocks["收件人"].startswith("抖音")


def test_an_approved_letter_has_no_blank_in_either_language_and_the_copy_is_not_what_is_sent(desk: LettersDesk) -> None:
    made, _, _ = drafted(desk)
    with desk.workspace.session() as session:
        notice = find_notice(session, made)
        approve_notice(session, notice, "C. Ounsel", now())
        written = issue_notice(session, desk.workspace.vault, notice, desk.out)
        assert written.reading is not None
        assert notice.pdf_sha256 == digest_of(written.pdf) != digest_of(written.reading[1])
    chinese, english = printed(written.pdf), printed(written.reading[1])
    for text in (chinese, english):
        assert "待补" not in text
        assert "tobecompleted" not in text
    assert "再次查看" in chinese
    assert "签名：____" in chinese
    assert "Signature:____" in english
    assert "草稿" not in chinese


def test_a_blank_keeps_it_from_being_approved_and_is_told_in_english(desk: LettersDesk) -> None:
    made, _, _ = drafted(desk, recipient="")
    with desk.workspace.session() as session:
        notice = find_notice(session, made)
        assert "name of the recipient" in notice.missing
        with pytest.raises(NoticeRefused, match="has blanks: name of the recipient"):
            approve_notice(session, notice, "C. Ounsel", now())


def test_an_authority_for_one_notice_is_not_taken_for_a_notice_about_another_case(desk: LettersDesk) -> None:
    made, _, _ = drafted(desk, language=Language.ENGLISH)
    with desk.workspace.session() as session:
        held = find_notice(session, made)
        other = desk.case(session).model_copy(update={"id": "another case"})
        with pytest.raises(NoticeRefused, match=f"given for another notice, about the case {held.case_id[:12]}"):
            draft_notice(session, desk.workspace.vault, other, LETTERS["prc_14"](), TERMS, "C. Ounsel", now())
        assert isinstance(held, Notice)
