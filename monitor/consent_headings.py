"""What unions call the columns of their lists of consents, by language; those of members' numbers and names are the rosters'."""

from collections.abc import Mapping

TITLES: Mapping[str, tuple[str, ...]] = {
    "member": ("member", "member number", "number", "subject", "name", "mitglied", "membre", "socio", "membro", "lid", "会员"),
    "document": (
        *("document", "file", "path", "document file", "consent document", "dokument", "datei", "einwilligung", "fichier"),
        *(
            "documento",
            "archivo",
            "ficheiro",
            "arquivo",
            "bestand",
            "plik",
            "документ",
            "файл",
            "文件",
            "文書",
            "ファイル",
            "문서",
        ),
    ),
    "start": (
        *("from", "start", "starts", "valid from", "von", "ab", "gultig ab", "gultig von", "du", "a partir du", "debut"),
        *("desde", "inicio", "dal", "inizio", "van", "vanaf", "od", "с", "начало", "开始", "生效日期", "開始日", "시작일"),
    ),
    "end": (
        *("until", "end", "ends", "valid until", "to", "bis", "gultig bis", "jusqu au", "au", "fin", "hasta", "ate", "fim"),
        *("al", "fino al", "fine", "tot", "tot en met", "do", "по", "до", "окончание", "结束", "截止日期", "終了日", "종료일"),
    ),
    "scope": (
        *("scope", "modality", "modalities", "umfang", "portee", "alcance", "ambito", "omvang", "zakres", "объем"),
        *("范围", "範囲", "범위"),
    ),
    "release": (
        *("release", "release version", "release text", "version", "text version", "textfassung", "fassung", "version du texte"),
        *("version del texto", "versao do texto", "versione del testo", "versie", "tekstversie", "wersja tekstu", "wersja"),
        *("версия текста", "версия", "文本版本", "版本", "本文の版", "版", "문안 버전", "버전"),
    ),
    "shown": (
        *("shown", "release shown", "shown on", "gezeigt am", "montre le", "mostrado el", "mostrado em", "mostrato il"),
        *("getoond op", "pokazano", "pokazano dnia", "показано", "показан", "出示日期", "展示日期", "提示日", "제시일"),
    ),
    "guardian": (
        *("guardian", "legal guardian", "parent or guardian", "parent", "given by guardian", "signed by guardian"),
        *("vormund", "sorgeberechtigt", "sorgeberechtigte", "erziehungsberechtigte", "gesetzliche vertretung", "tuteur"),
        *("tuteur legal", "representant legal", "tutor", "tutor legal", "responsavel legal", "encarregado", "tutore"),
        *("genitore", "voogd", "ouder of voogd", "opiekun", "opiekun prawny", "опекун", "законный представитель"),
        *("监护人", "法定监护人", "保護者", "法定代理人", "보호자", "법정대리인"),
    ),
}

OF_CONSENTS = ("document", "release", "shown", "guardian")
"""Columns that speak of consents alone: beside photos, nothing is done with them."""
