"""The words people are found by: every typed word must begin one of them, whatever its accents and letter case."""

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers

# Longer words are cut; so is what is typed, so they still meet.
MOST_BYTES = 60
# Names have a handful; a text written to be long costs no more than this.
MOST_WORDS = 40
MOST_SUFFIXES = 12
MIN_DIGITS = 3
# Scripts written without spaces between words: each place of a name is where a word may begin.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+")
_PARTS = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"[\d\s+()./-]+", re.ASCII)


def fold(text: str) -> str:
    """Without accents, letter case and what has no look of its own: `Zoë` and `ZOE` are `zoe`."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    kept = (character for character in parts if unicodedata.category(character) not in ("Mn", "Cf", "Cc"))
    return "".join(kept).casefold()


def key(word: str) -> bytes:
    """A folded word as it is kept and compared."""
    return word.encode(errors="replace")[:MOST_BYTES]


def sort_name(name: str) -> bytes:
    """The place of a name among names, whatever its accents and letter case: it begins with the first word of the name,
    so those whose name begins like a word stand side by side."""
    first, *others = [folded for chunk in name.split() if (folded := fold(chunk).strip())] or [""]
    begins = _PARTS.search(first)
    return key(" ".join([first[begins.start() :] if begins else first, *others]))


def is_address(word: bytes) -> bool:
    """Whether a kept or a typed word is an address or part of one from the @ on; no other word has an @."""
    return b"@" in word


def of_person(name: str, email: str, phone: str = "") -> dict[bytes, bool]:
    """Every word a person is found by -> whether the name begins with it."""
    words = list(_of_name(name))
    first = words[0] if words else ""
    found: dict[bytes, bool] = {}
    for word in (*words, *_of_email(email), *_of_phone(phone)):
        if word and len(found) < MOST_WORDS:
            found.setdefault(key(word), word == first)
    return found


def typed(text: str) -> list[list[bytes]]:
    """What was typed, as alternatives: of one of them each word must begin one of a person's words.

    An address counts as one word; a phone number as one, without the zero people dial at home. Nothing to look for
    gives no alternative.
    """
    alternatives = []
    digits = re.sub(r"\D", "", text, flags=re.ASCII).lstrip("0")
    if _PHONE.fullmatch(text) and len(digits) >= MIN_DIGITS:
        alternatives.append([key(digits)])
    words = [word for chunk in text.split() for word in _of_chunk(chunk)]
    if words:
        alternatives.append([key(word) for word in dict.fromkeys(words)])
    return alternatives


def _of_chunk(chunk: str) -> list[str]:
    folded = fold(chunk)
    return [folded] if "@" in folded else _parts(folded)


def _parts(folded: str) -> list[str]:
    """The letters and digits between other characters; a text of signs alone is a word as it is."""
    return _PARTS.findall(folded) or list(filter(None, [folded.strip()]))


def _of_name(name: str) -> Iterator[str]:
    for chunk in name.split():
        parts = _parts(fold(chunk))
        yield from parts
        # O'Brien is also found as obrien.
        if len(parts) > 1:
            yield "".join(parts)
        for run in _UNSPACED.findall(chunk):
            yield from (fold(run[place:]) for place in range(1, min(len(run), MOST_SUFFIXES)))


def _of_email(email: str) -> Iterator[str]:
    folded = fold(email)
    yield folded
    domain = folded.partition("@")[2]
    if domain:
        yield f"@{domain}"
    yield from _parts(folded)


def _of_phone(phone: str) -> Iterator[str]:
    """The number with its country's code, without it, and without the area's."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return
    national = phonenumbers.national_significant_number(number)
    yield f"{number.country_code}{national}"
    yield national
    area = phonenumbers.length_of_geographical_area_code(number)
    if area:
        yield national[area:]
