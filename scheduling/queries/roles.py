"""The published matrix: what each role may do, read from the groups' real permissions."""

from dataclasses import dataclass

from django.contrib.auth.models import Group

from scheduling.queries.people import ROLES

# What people call it -> the permissions it takes. docs/architecture.md has the same words; a test compares them.
WORDS = {
    "see candidates, links, interviews, availability": [
        "candidates.view_candidate",
        "candidates.view_note",
        "candidates.view_position",
        "candidates.view_tag",
        "scheduling.view_bookinglink",
        "scheduling.view_connection",
        "scheduling.view_eventtype",
        "scheduling.view_interview",
        "scheduling.view_interviewer",
        "scheduling.view_message",
        "scheduling.view_messagetemplate",
        "scheduling.view_sharedtimes",
        "scheduling.view_timelineentry",
    ],
    "add, edit and import candidates; their tags, owners and notes, of notes one's own; add and edit positions": [
        "candidates.add_candidate",
        "candidates.change_candidate",
        "candidates.add_position",
        "candidates.change_position",
    ],
    "edit and delete anybody's notes": ["candidates.change_note"],
    "make and withdraw links; cancel, mark, attach": [
        "scheduling.add_bookinglink",
        "scheduling.change_bookinglink",
        "scheduling.change_interview",
    ],
    "share times; set interviewers' limits": ["scheduling.add_sharedtimes", "scheduling.change_interviewer"],
    "send links and reminders by e-mail, send again, note bounces": [
        "scheduling.add_message",
        "scheduling.change_message",
    ],
    "save views of tables for everyone": ["scheduling.add_savedview"],
    "change anybody's shared views": ["scheduling.change_savedview"],
    "connect and disconnect Calendly; deliveries and their bodies; checks": ["scheduling.change_connection"],
    "say what candidates may do on their page": ["scheduling.change_candidatepolicy"],
    "edit the words of messages": ["scheduling.change_messagetemplate"],
    "invite people, change roles, hand candidates over, switch accounts off": ["auth.change_user"],
}


@dataclass(frozen=True)
class Row:
    """One thing people do, and whether each role, in the order of `ROLES`, may."""

    words: str
    cells: list[tuple[str, bool]]


def matrix() -> list[Row]:
    """What each role may do. A permission without words of its own is shown by its name, so nothing is hidden."""
    held = permissions()
    rows = [Row(words, [(role, held[role] >= set(needed)) for role in ROLES]) for words, needed in WORDS.items()]
    worded = {label for needed in WORDS.values() for label in needed}
    unnamed = sorted(set().union(*held.values()) - worded)
    return rows + [Row(label, [(role, label in held[role]) for role in ROLES]) for label in unnamed]


def permissions() -> dict[str, set[str]]:
    """Each role's permissions, as `app.codename`."""
    fields = ("name", "permissions__content_type__app_label", "permissions__codename")
    held: dict[str, set[str]] = {role: set() for role in ROLES}
    for name, app_label, codename in Group.objects.filter(name__in=ROLES).values_list(*fields):
        if codename:
            held[name].add(f"{app_label}.{codename}")
    return held
