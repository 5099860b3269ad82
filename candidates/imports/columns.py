"""Which column of a file holds what, guessed from the headers applicant tracking systems and address books write."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

# Field -> what people call it. In the order in which columns are given away.
FIELDS = {
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email",
    "phone": "Phone",
    "timezone": "Time zone",
    "positions": "Considered for",
    "owner": "Owner’s email",
    "notes": "Notes",
}

# Headers as exported by Ashby, BambooHR, Google Contacts, Greenhouse, JazzHR, Lever, LinkedIn, Outlook, Recruitee,
# SmartRecruiters, Teamtailor and Workable, and plain words in the languages those files often come in. Best first.
SYNONYMS: Mapping[str, str] = {
    "name": "name|full name|fullname|candidate name|candidate|applicant name|applicant|display name|contact name|person"
    "|contact|nom complet|nombre completo|nome completo|volledige naam|kandidat|bewerber|naam|namn|navn|氏名|姓名",
    "first_name": "first name|firstname|given name|forename|candidate first name|applicant first name|first|vorname"
    "|prenom|nombre|voornaam|fornamn|fornavn|imie|jmeno",
    "last_name": "last name|lastname|surname|family name|candidate last name|applicant last name|last|nachname"
    "|familienname|nom|nom de famille|apellido|apellidos|cognome|achternaam|efternamn|efternavn|nazwisko|prijmeni",
    "email": "email|e mail|email address|e mail address|mail|primary email|primary email address|candidate email"
    "|candidate email address|applicant email|personal email|personal email address|e mail 1 value|email 1|emails"
    "|email s|email addresses|contact email|e mail adresse|mailadresse|adresse mail|adresse e mail|courriel|correo"
    "|correo electronico|e post|epost|posta|メール|メールアドレス|邮箱|電子郵件",
    "phone": "phone|phone number|telephone|telephone number|mobile|mobile phone|mobile number|cell|cell phone|tel"
    "|primary phone|primary phone number|candidate phone|phone 1 value|phone 1|phones|phone s|phone numbers"
    "|contact number|home phone|telefon|telefonnummer|handy|mobil|mobilnummer|telefono|telefoon|gsm|電話|电话",
    "timezone": "timezone|time zone|tz|candidate timezone|candidate time zone|zeitzone|fuseau horaire|zona horaria",
    "positions": "position|positions|considered for|job|jobs|job title|job name|job opening|opening|requisition"
    "|requisition title|role|vacancy|posting|posting title|position applied for|applied for|applied position"
    "|applied job|offer|stelle|poste|puesto|vacature",
    "owner": "owner|owner email|owner s email|candidate owner|candidate owner email|recruiter|recruiter email"
    "|recruiter s email|assigned to|coordinator|coordinator email|hiring owner|besitzer",
    "notes": "notes|note|comment|comments|remarks|remark|description|summary|bemerkung|bemerkungen|notizen|kommentar"
    "|remarques|notas",
}
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_NUMBER = re.compile(r"\+\d[\d\s().\-/]{6,20}")


def field_of(header: str) -> str | None:
    """The field a header names; None when it says nothing to us."""
    return _FIELD_OF.get(plain(header))


def plain(header: str) -> str:
    """Small letters without accents, the words parted by one space."""
    folded = unicodedata.normalize("NFKD", header.casefold())
    return " ".join(re.sub(r"[\W_]+", " ", "".join(c for c in folded if not unicodedata.combining(c))).split())


_FIELD_OF = {plain(header): field for field, headers in SYNONYMS.items() for header in headers.split("|")}
_RANK = {plain(header): rank for headers in SYNONYMS.values() for rank, header in enumerate(headers.split("|"))}


def is_address(text: str) -> bool:
    """Whether a cell looks like one e-mail address; whether it is one is judged later."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def guess(headers: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[str, int]:
    """Field -> number of its column, by header, else by what the sample's cells look like."""
    mapping: dict[str, int] = {}
    for field in FIELDS:
        known = [(_RANK[plain(header)], column) for column, header in enumerate(headers) if field_of(header) == field]
        if known:
            mapping[field] = min(known)[1]
    _by_part_of_header(mapping, headers)
    _by_content(mapping, sample, width=len(headers))
    return _settle_names(mapping)


def _by_part_of_header(mapping: dict[str, int], headers: Sequence[str]) -> None:
    parts = {"email": ("email", "e mail", "courriel"), "phone": ("phone", "mobile", "telefon")}
    for field, words in parts.items():
        for column, header in enumerate(headers):
            is_free = field not in mapping and column not in mapping.values()
            if is_free and any(word in plain(header) for word in words):
                mapping[field] = column


def _by_content(mapping: dict[str, int], sample: Sequence[Sequence[str]], *, width: int) -> None:
    """Columns without a telling header: most of their cells are addresses, numbers, or two or three words."""
    looks = {"email": is_address, "phone": _is_number}
    if not mapping.keys() & {"name", "first_name", "last_name"}:
        looks["name"] = _is_name
    for field, fits in looks.items():
        if field in mapping:
            continue
        for column in range(width):
            cells = [row[column] for row in sample if column < len(row) and row[column].strip()]
            if column not in mapping.values() and cells and sum(map(fits, cells)) * 2 > len(cells):
                mapping[field] = column
                break


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _is_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 4 and all(word[0].isalpha() and not any(map(str.isdigit, word)) for word in words)


def _settle_names(mapping: dict[str, int]) -> dict[str, int]:
    """A whole name or its two parts: a lone first name beside "Name" makes that the last name, as in German lists."""
    if "name" in mapping and "first_name" in mapping and "last_name" not in mapping:
        mapping["last_name"] = mapping.pop("name")
    elif "name" in mapping:
        mapping.pop("first_name", None)
        mapping.pop("last_name", None)
    return {field: mapping[field] for field in FIELDS if field in mapping}
