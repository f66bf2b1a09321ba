"""What unions call the columns of their rosters, by language. In lower case, without accents and with single spaces."""

from collections.abc import Mapping

MEMBERSHIP = (
    *(
        "member number",
        "member no",
        "member id",
        "member nr",
        "membership number",
        "membership no",
        "membership id",
        "members number",
    ),
    *("union number", "union no", "union id", "guild number", "guild id", "card number", "card no", "registration number"),
    *("mitgliedsnummer", "mitglieds nr", "mitgliedsnr", "mitgliednummer", "mitglied nr", "mitglieds nummer"),
    *("numero de membre", "no de membre", "n de membre", "numero d adherent", "no d adherent", "n d adherent", "n adherent"),
    *("numero adherent", "no adherent", "matricule", "numero de carte"),
    *("numero de socio", "no de socio", "n de socio", "num socio", "num de socio", "numero de afiliado", "no de afiliado"),
    *("n de afiliado", "numero de associado", "no de associado", "n de associado", "numero de socia", "matricula"),
    *("numero di tessera", "n tessera", "numero tessera", "tessera n", "numero socio", "n socio", "matricola"),
    *("lidnummer", "lidnr", "lid nr", "ledennummer", "medlemsnummer", "medlemsnr", "medlems nr", "jasennumero"),
    *("numer czlonkowski", "nr czlonkowski", "numer legitymacji", "nr legitymacji", "clenske cislo", "uye no", "uye numarasi"),
    *("членский номер", "номер члена", "номер билета", "номер членского билета", "членскии номер", "номер членского"),
    *("会员号", "会员编号", "会员号码", "會員編號", "會員號碼", "會員號", "会員番号", "組合員番号", "회원번호", "조합원번호"),
    *("रल नबर", "رقم العضوية", "מספר חבר"),
)
"""The member's own number, said so."""

GENERIC_NUMBER = (
    *("member", "number", "no", "nr", "id", "num", "n", "code", "ref", "reference", "nummer", "numero", "numer", "номер"),
    *("mitglied", "编号", "編號", "番号", "번호", "#"),
)
"""A number of which nothing says whose it is: the member's, where no other column says so."""

UNIONS = (
    *("sag aftra", "sag", "aftra", "aea", "equity", "actra", "ubcp", "uda", "meaa", "iatse", "bectu", "spotlight", "siae"),
    *("bffs", "gdba", "unia", "sfa", "sfp", "aisge", "aadi", "uaa", "ub c p", "cgt", "fia", "snapac", "anda", "sated", "slai"),
    *("snac", "imaie", "nuovo imaie", "adami", "spedidam", "gvl", "equity uk", "siptu", "sarai", "cda", "japan actors union"),
)
"""Unions and collecting societies whose name before `id` or `number` says that the number is the member's."""

NUMBER_WORDS = frozenset(
    (
        *("id", "no", "nr", "n", "num", "number", "nummer", "numero", "numer", "номер", "code"),
        *("nro", "cislo", "broj", "szam", "αριθμος", "رقم"),
    )
)
"""Words that make a column one of numbers, whoever's they are."""

NUMBER_SIGNS = ("号", "號", "番号", "번호", "编码", "編碼")
"""The same in languages that put no spaces between words."""

BARE_NAME = ("name", "names", "nome", "naam", "navn", "namn", "nimi", "имя", "名字", "名前")
"""Titles of names that, beside a column of given or of family names, are of the other part."""

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("name", "full name", "member name", "display name", "stage name", "professional name", "performer", "artist", "actor"),
        *("performer name", "artist name", "credit name", "credited name", "screen name", "working name", "name of member"),
        *("vollstandiger name", "kunstlername", "name vorname", "nachname vorname", "vor und nachname", "vorname und nachname"),
        *("nom complet", "nom de scene", "nom d artiste", "nom et prenom", "nom prenom", "prenom nom", "nom usuel"),
        *("nombre completo", "nombre y apellidos", "nombre artistico", "apellidos y nombre", "nome completo", "nome artistico"),
        *("nome e cognome", "cognome e nome", "nominativo", "nome d arte", "nome", "naam", "volledige naam", "artiestennaam"),
        *("imie i nazwisko", "nazwisko i imie", "navn", "namn", "nimi", "adi soyadi", "ad soyad", "jmeno a prijmeni"),
        *("имя", "фио", "имя и фамилия", "фамилия имя", "фамилия имя отчество", "сценическое имя"),
        *("姓名", "名字", "名称", "艺名", "藝名", "氏名", "名前", "芸名", "이름", "성명", "예명"),
    ),
    "given": (
        *(
            "first name",
            "first names",
            "given name",
            "given names",
            "forename",
            "forenames",
            "christian name",
            "vorname",
            "vornamen",
        ),
        *("prenom", "prenoms", "nombre", "nombres", "primer nombre", "primeiro nome", "nome proprio", "voornaam", "voornamen"),
        *("imie", "imiona", "fornavn", "fornamn", "etunimi", "jmeno", "ad", "имя собственное", "名"),
    ),
    "family": (
        *(
            "last name",
            "last names",
            "family name",
            "surname",
            "surnames",
            "nachname",
            "familienname",
            "zuname",
            "nom de famille",
        ),
        *("nom", "apellido", "apellidos", "primer apellido", "sobrenome", "apelido", "cognome", "achternaam", "nazwisko"),
        *("etternavn", "efternavn", "efternamn", "sukunimi", "prijmeni", "soyad", "soyadi", "фамилия", "姓"),
    ),
    "photos": (
        *("photo", "photos", "photo file", "photo files", "photo name", "photo filename", "photo path", "file", "files"),
        *("file name", "file names", "filename", "filenames", "image", "images", "image file", "picture", "pictures", "headshot"),
        *("headshots", "headshot file", "portrait", "portraits", "bild", "bilder", "bilddatei", "foto", "fotos", "fotodatei"),
        *("dateiname", "datei", "fichier", "fichiers", "fichier photo", "nom du fichier", "imagen", "imagenes", "archivo"),
        *("arquivo", "imagem", "ficheiro", "immagine", "immagini", "file foto", "foto s", "afbeelding", "bestand", "zdjecie"),
        *("zdjecia", "plik", "bilde", "kuva", "fotografie", "фото", "фотография", "фотографии", "фаил"),
        *("照片", "相片", "圖片", "图片", "照片文件", "文件名", "写真", "画像", "ファイル名", "사진", "파일명"),
    ),
    "era": (
        *("era", "year", "years", "photo year", "year of photo", "taken", "date taken", "photo date", "date of photo", "jahr"),
        *("aufnahmejahr", "aufnahmedatum", "jahr der aufnahme", "annee", "annee de la photo", "date de la photo", "prise le"),
        *("ano", "ano de la foto", "fecha de la foto", "ano da foto", "data da foto", "anno", "anno foto", "data della foto"),
        *("jaar", "datum foto", "rok", "rok zdjecia", "ar", "vuosi", "год", "год съемки", "дата съемки", "год фото"),
        *("年代", "年份", "年", "拍摄年份", "拍攝年份", "拍摄日期", "撮影年", "撮影日", "촬영연도"),
    ),
}
"""The other columns; a number at the end (photo 2) is left out first."""
