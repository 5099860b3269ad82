"""What holds for a candidate's facts wherever they come from: the form, or a row of a file."""

from zoneinfo import available_timezones

ZONES = ["UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))]

ERROR_MESSAGES = {
    "name": {"required": "Enter the candidate’s name."},
    "email": {"required": "Enter an e-mail address.", "invalid": "Enter an address such as name@example.com."},
    "phone": {"invalid": "Enter the number in the international form, such as +49 30 5550 1122."},
}


def tidy_name(name: str) -> str:
    """One space between the words, none around them."""
    return " ".join(name.split())


def tidy_email(email: str) -> str:
    """In small letters, as addresses are kept and compared."""
    return email.lower()
