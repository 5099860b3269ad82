"""What holds for a candidate's facts wherever they come from: the form, or a row of a file."""

from unicodedata import category
from zoneinfo import available_timezones

ZONES = ["UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))]

# None says how long the text was: so it is one problem of a file, however many rows have it.
ERROR_MESSAGES = {
    "name": {"required": "Enter the candidate’s name.", "max_length": "A name has at most 200 characters. Shorten it."},
    "email": {
        "required": "Enter an e-mail address.",
        "invalid": "Enter an address such as name@example.com.",
        "max_length": "An e-mail address has at most 254 characters. Correct it.",
    },
    "phone": {
        "invalid": "Enter the number in the international form, such as +49 30 5550 1122.",
        "max_length": "A phone number has at most 128 characters. Correct it.",
    },
    "text": {"max_length": "A note has at most 10,000 characters. Shorten it."},
}
NULL_CHARACTER = "There is a character that cannot be kept (a null). Type the text anew."


# Marks, embeddings, overrides and isolates of the reading direction (Unicode Standard Annex 9): they cannot be seen,
# and turn the words around a name. Arabic and Hebrew letters know their direction without them.
_DIRECTION = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def without_direction(text: str) -> str:
    """The text without characters that turn its reading direction."""
    return text if text.isascii() else text.translate(_DIRECTION)


# Letters by their category that leave no trace: fillers of Hangul syllables, and the blank of Braille.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"


def tidy_name(name: str) -> str:
    """One space between the words, none around them, and nothing that turns the reading direction; empty for a name
    of which nothing can be seen."""
    tidy = " ".join(without_direction(name).split())
    # Letters, numbers, punctuation and symbols; not marks on others, blanks and what only steers how others look.
    is_seen = any(category(letter)[0] in "LNPS" and letter not in _BLANK for letter in tidy)
    return tidy if is_seen else ""


def tidy_email(email: str) -> str:
    """In small letters, as addresses are kept and compared."""
    return email.lower()
