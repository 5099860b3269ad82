"""What a person can go to or begin from the palette: one table."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.urls import reverse

MOST = 8


@dataclass(frozen=True)
class Act:
    """Words to choose, the address they lead to, and the permission without which they are not offered."""

    words: str
    url_name: str
    permission: str = ""
    # Other words people look for it by.
    also: str = ""
    query: str = ""

    @property
    def address(self) -> str:
        return f"{reverse(self.url_name)}{self.query}"


ACTS = [
    Act("Add candidate", "candidate_new", "candidates.add_candidate", "new person create"),
    Act("Import candidates", "import_list", "candidates.add_candidate", "csv file list upload add"),
    Act("Make links for many candidates", "candidate_list", "scheduling.add_bookinglink", "several bulk send invite"),
    Act("Go to Today", "today", also="home start needs desk"),
    Act("Go to Candidates", "candidate_list", "candidates.view_candidate", "people"),
    Act("Go to Interviews", "interview_list", "scheduling.view_interview", "bookings meetings calendar"),
    Act("Go to Links", "link_list", "scheduling.view_bookinglink", "booking invitations"),
    Act("Go to Availability", "availability", "scheduling.view_interviewer", "slots free busy times"),
    Act("Go to Insights", "insights", "scheduling.view_interview", "statistics figures report no-show rate weeks"),
    Act("Who can take it?", "who", "scheduling.view_interviewer", "free interviewer time slot availability"),
    Act("Interviewers’ load and limits", "load", "scheduling.view_interviewer", "busy most week cap share"),
    Act("Share times with a candidate", "availability", "scheduling.add_sharedtimes", "slots propose offer copy"),
    Act("Times that were shared", "shared_list", "scheduling.view_sharedtimes", "slots offered"),
    Act("Go to Settings", "settings", also="preferences account shortcuts"),
    Act("Mark past interviews", "interview_list", "scheduling.change_interview", "unmarked held", "?view=unmarked"),
    Act("Unmatched bookings", "unmatched", "scheduling.view_interview", "tray attach"),
    Act("My candidates", "candidate_list", "candidates.view_candidate", "mine own", "?mine=1"),
    Act("Archived candidates", "candidate_list", "candidates.view_candidate", "archive", "?archived=1"),
    Act("Board of candidates", "candidate_list", "candidates.view_candidate", "state kanban pipeline", "?layout=board"),
    Act("Bulk acts", "bulk_runs", "candidates.view_candidate", "many progress results history"),
    Act("Positions", "position_list", "candidates.view_position", "jobs openings settings"),
    Act("Add position", "position_new", "candidates.add_position", "new job opening"),
    Act("Messages", "message_settings", "scheduling.view_messagetemplate", "mail templates words settings"),
    Act("Candidate’s page", "candidate_page", "scheduling.change_candidatepolicy", "policy moves cancel book settings"),
    Act("Calendly connection", "calendly_settings", "scheduling.view_connection", "settings connect health"),
    Act("Deliveries", "delivery_list", "scheduling.change_connection", "webhooks bodies"),
    Act("Change password", "account_change_password", also="account sign in"),
]


def for_user(user: User, text: str) -> list[Act]:
    """Acts the user may do in which every word of the text begins a word; those named so first. No query of its own."""
    words = text.casefold().split()
    allowed = [act for act in ACTS if not act.permission or user.has_perm(act.permission)]
    named = [act for act in allowed if _begin(words, act.words)]
    others = [act for act in allowed if act not in named and _begin(words, f"{act.words} {act.also}")]
    return [*named, *others][:MOST]


def _begin(words: Iterable[str], text: str) -> bool:
    known = text.casefold().split()
    return all(any(name.startswith(word) for name in known) for word in words)
