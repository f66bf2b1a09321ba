"""Workbooks part by part, in the very XML that Excel writes, for what no library of ours would write."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
<Override PartName="/xl/sharedStrings.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>
</Types>"""
_LINKS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>"""


def cell(kind: str, value: object, style: int = 0, formula: str = "") -> str:
    """The XML of a cell without its place. kind: as the attribute t has it, such as s or n."""
    made = f"<f>{escape(formula)}</f>" if formula else ""
    return f'<c s="{style}" t="{kind}">{made}<v>{escape(str(value))}</v></c>'


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def row(*cells: str, hidden: bool = False) -> str:
    return f"<row {'hidden=' + repr('1') if hidden else ''}>{''.join(cells)}</row>"


def write_book(
    path: Path,
    rows: Sequence[str],
    *,
    shared: Sequence[str] = (),
    formats: Sequence[str | int] = (),
    columns: str = "",
    since_1904: bool = False,
    main: str = MAIN,
) -> Path:
    """A book of one sheet, Members. shared: the XML within each shared string. formats: the style n + 1 shows numbers as
    formats[n] says, by its code or its built-in number."""
    codes = "".join(
        f'<numFmt numFmtId="{164 + place}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for place, code in enumerate(formats)
        if isinstance(code, str)
    )
    used = [0, *(code if isinstance(code, int) else 164 + place for place, code in enumerate(formats))]
    plain = "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
    styles = "".join(f'<xf numFmtId="{number}" applyNumberFormat="1"/>' for number in used)
    sheet_styles = f"{plain}<cellStyleXfs><xf/></cellStyleXfs><cellXfs>{styles}</cellXfs>"
    texts = "".join(f"<si>{text}</si>" for text in shared)
    workbook = f'<workbookPr date1904="{int(since_1904)}"/><sheets><sheet name="Members" sheetId="1" r:id="rId1"/></sheets>'
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _LINKS.format(f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/>'),
        "xl/_rels/workbook.xml.rels": _LINKS.format(
            f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_RELATED}/styles" Target="styles.xml"/>'
            f'<Relationship Id="rId3" Type="{_RELATED}/sharedStrings" Target="sharedStrings.xml"/>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{_RELATED}">{workbook}</workbook>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><numFmts>{codes}</numFmts>{sheet_styles}</styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{texts}</sst>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{columns}<sheetData>{"".join(rows)}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path
