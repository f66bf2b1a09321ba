"""A letter as a DOCX that counsel edits: real styles, numbered headings, page numbers. The only importer of docx."""

import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph

from reports.notices.base import Block, Letter, Section
from reports.notices.blanks import runs
from reports.notices.enclosures import small_names
from reports.notices.wording import Wording
from reports.render.certificate import Draft
from reports.render.letter import caption, heading_mark
from reports.render.plain import JOINERS, show_unseen

FONT = "Georgia"
CHINESE_FONT = "SimSun"
"""Which Word ships, and every other program finds one in place of."""
QUIET = RGBColor(0x56, 0x5D, 0x6B)
_ONE_PIECE = 500
"""Characters of a fact that is not torn by the end of a page: a digest that goes on overleaf is copied wrongly."""
NUMBERED = 90  # an id that python-docx's own template leaves free


def letter_docx(letter: Letter, at: datetime, pictures: Mapping[str, bytes], *, draft: bool = True) -> bytes:
    """The letter as an Office Open XML document with its annex; what cannot be seen in strangers' texts is written out in it.

    pictures: by the names that small_names gives.
    """
    document, say = docx.Document(), letter.say
    _prepare(document, (letter.title, letter.reference, heading_mark(letter, draft=draft)), say, at, draft=draft)
    _lines(document, letter.sender)
    _lines(document, ("",))
    _lines(document, letter.recipient)
    _lines(document, ("", say.date(letter.dated), say("Reference {number}", number=letter.reference[:12])))
    _paragraph(document, letter.title, "Title")
    _paragraph(document, letter.concerning, "Subtitle")
    _paragraph(document, letter.salutation)
    for section in letter.sections:
        _section(document, section)
    _sign(document, ("", *letter.closing, "", "", *letter.signature))
    if letter.stills:
        _annex(document, letter, pictures)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def certificate_docx(draft: Draft, at: datetime) -> bytes:
    """The draft of a certification as an Office Open XML document."""
    document = docx.Document()
    _prepare(document, (draft.title, draft.reference, "DRAFT"), Wording(), at, draft=True)
    _paragraph(document, "DRAFT: nobody has certified anything yet. What is marked is for the qualified person who signs.")
    _paragraph(document, draft.title, "Title")
    _paragraph(document, draft.concerning, "Subtitle")
    for section in draft.sections:
        _section(document, section)
    _section(document, Section("Declaration", tuple(draft.declaration)))
    _sign(document, ("", *draft.signature))
    _section(document, Section("Before it is used: for counsel, and no part of it", bullets=tuple(draft.before)))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _prepare(document: Any, named: tuple[str, str, str], say: Wording, at: datetime, *, draft: bool) -> None:
    """named: title, reference, and what stands above it."""
    properties, (title, number, mark) = document.core_properties, named
    properties.title, properties.author, properties.language = title, "Semblance", say.language.value
    properties.created = properties.modified = at.replace(tzinfo=None)
    properties.comments = say("Draft for review by counsel; not legal advice.") if draft else ""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(25)
    page.top_margin = page.bottom_margin = Mm(25)
    _styles(document, say)
    _number_headings(document, say)
    reference = say("Reference {number}", number=number[:12])
    page.header.paragraphs[0].add_run(" · ".join(filter(None, (mark, reference))))
    _page_numbers(page.footer.paragraphs[0], say)


def _styles(document: Any, say: Wording) -> None:
    for name, size, after in (
        ("Normal", 10.5, 6),
        ("Title", 20, 6),
        ("Subtitle", 11, 12),
        ("Heading 1", 12, 4),
        ("Heading 2", 10.5, 3),
    ):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.italic = FONT, Pt(size), False
        style.font.color.rgb = RGBColor(0x1B, 0x1F, 0x27)
        # Word takes the font of East Asian and of complex scripts from attributes of their own.
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:hAnsi"), FONT)
        if say.is_chinese:
            fonts.set(qn("w:eastAsia"), CHINESE_FONT)
            fonts.set(qn("w:hint"), "eastAsia")
        style.paragraph_format.space_after = Pt(after)
    _language(document, say)
    document.styles["Title"].paragraph_format.space_before = Pt(18)
    for spacing in document.styles["Subtitle"].element.rPr.findall(qn("w:spacing")):
        spacing.getparent().remove(spacing)
    for name, before in (("Heading 1", 14), ("Heading 2", 8)):
        document.styles[name].paragraph_format.space_before = Pt(before)
        document.styles[name].paragraph_format.keep_with_next = True
    document.styles["Subtitle"].font.bold = True
    for name in ("Header", "Footer"):
        document.styles[name].font.size, document.styles[name].font.color.rgb = Pt(8.5), QUIET


def _language(document: Any, say: Wording) -> None:
    """By which Word breaks lines, checks words and reads aloud."""
    for style in [*document.styles.element.findall(qn("w:docDefaults")), document.styles["Normal"].element]:
        for language in style.iter(qn("w:lang")):
            language.getparent().remove(language)
    tag = "zh-CN" if say.is_chinese else "en-US"
    properties = document.styles["Normal"].element.get_or_add_rPr()
    properties.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="{tag}" w:eastAsia="{tag}"/>'))


def _number_headings(document: Any, say: Wording) -> None:
    """Let the style itself count, so that a section put in by counsel renumbers the rest."""
    numbering = document.part.numbering_part.element
    form, text = ("chineseCountingThousand", "%1、") if say.is_chinese else ("decimal", "%1.")
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{NUMBERED}"><w:multiLevelType w:val="multilevel"/>'
        f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:pStyle w:val="Heading1"/><w:lvlText w:val="{text}"/>'
        '<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="567" w:hanging="567"/></w:pPr></w:lvl></w:abstractNum>'
    )
    # The schema wants every abstract definition before the first instance.
    numbering.insert(0, abstract)
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{NUMBERED}"><w:abstractNumId w:val="{NUMBERED}"/></w:num>'))
    # Word refuses a file whose elements stand out of the schema's order, so the place is python-docx's to find.
    numbered = document.styles["Heading 1"].element.get_or_add_pPr().get_or_add_numPr()
    numbered.get_or_add_ilvl().val, numbered.get_or_add_numId().val = 0, NUMBERED


def _page_numbers(paragraph: Any, say: Wording) -> None:
    before, between, after = re.split(r"[#*]", say("Page # of *"))
    paragraph.add_run(before)
    _field(paragraph, "PAGE")
    paragraph.add_run(between)
    _field(paragraph, "NUMPAGES")
    paragraph.add_run(after)


def _field(paragraph: Any, instruction: str) -> None:
    for kind in ("begin", "instr", "end"):
        run = paragraph.add_run()
        if kind == "instr":
            run._r.append(parse_xml(f'<w:instrText {nsdecls("w")} xml:space="preserve"> {instruction} </w:instrText>'))
        else:
            run._r.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'))


def _section(document: Any, section: Section) -> None:
    _paragraph(document, section.heading, "Heading 1")
    for text in section.paragraphs:
        _paragraph(document, text)
    if section.facts:
        _facts(document, section.facts)
    for block in section.blocks:
        _block(document, block)
    if section.bullets:
        document.paragraphs[-1].paragraph_format.keep_with_next = True
    for text in section.bullets:
        _paragraph(document, text, "List Bullet")
    for text in section.after:
        _paragraph(document, text)


def _block(document: Any, block: Block) -> None:
    _paragraph(document, block.heading, "Heading 2")
    for text in block.paragraphs:
        _paragraph(document, text)
    if block.facts:
        _facts(document, block.facts)


def _annex(document: Any, letter: Letter, pictures: Mapping[str, bytes]) -> None:
    """Each still beside the same with the place marked."""
    say = letter.say
    heading = _paragraph(document, say("Annex: stills"), "Title")
    heading.paragraph_format.page_break_before = True
    for number, still in enumerate(letter.stills, 1):
        _paragraph(document, say("Still {number}", number=str(number)), "Heading 2")
        cells = document.add_table(rows=1, cols=2).rows[0].cells
        for cell, name in zip(cells, small_names(still), strict=True):
            cell.paragraphs[0].paragraph_format.keep_with_next = True
            shape = cell.paragraphs[0].add_run().add_picture(io.BytesIO(pictures[name]), width=Mm(76))
            shape._inline.docPr.set("descr", show_unseen(f"{name}: {caption(still, say)}"))
        _paragraph(document, caption(still, say))


def _facts(document: Any, facts: Iterable[tuple[str, str]]) -> None:
    table = document.add_table(rows=0, cols=2)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    for name, value in facts:
        row = table.add_row()
        if len(value) <= _ONE_PIECE:
            row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        cells = row.cells
        for cell, text, width in zip(cells, (name, value), (Mm(42), Mm(118)), strict=True):
            cell.width = width
            cell.paragraphs[0].paragraph_format.space_after = Pt(2)
            _fill(cell.paragraphs[0], text)
        for run in cells[0].paragraphs[0].runs:
            run.font.color.rgb = QUIET
    for column, width in zip(table.columns, (Mm(42), Mm(118)), strict=True):
        column.width = width
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _lines(document: Any, lines: Iterable[str]) -> list[Any]:
    """The paragraphs, one for each line."""
    written = [_paragraph(document, line) for line in lines]
    for each in written:
        each.paragraph_format.space_after = Pt(0)
    return written


def _sign(document: Any, lines: Iterable[str]) -> None:
    """A signature stands on one page, and with the last that is said above it: alone, it would sign nothing."""
    held = [paragraph for block in list(document.iter_inner_content())[-2:] for paragraph in _ending(block)]
    for paragraph in (*held, *_lines(document, lines)[:-1]):
        paragraph.paragraph_format.keep_with_next = True


def _ending(block: Paragraph | Table) -> list[Paragraph]:
    if isinstance(block, Paragraph):
        return [block]
    return [paragraph for row in block.rows[-2:] for cell in row.cells for paragraph in cell.paragraphs]


def _paragraph(document: Any, text: str, style: str = "Normal") -> Any:
    made = document.add_paragraph(style=style)
    _fill(made, text)
    return made


def _fill(paragraph: Any, text: str) -> None:
    for piece, is_blank in runs(show_unseen(text, keep=JOINERS)):
        run = paragraph.add_run(piece)
        if is_blank:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
