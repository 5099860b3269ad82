"""Who we want to meet, and for what."""

from candidates.models.candidate import Candidate
from candidates.models.candidate_import import CandidateImport, ImportFile, ImportRow
from candidates.models.name import Folded, NameField
from candidates.models.note import Note
from candidates.models.owner import BY_NAME, owners
from candidates.models.position import Position
from candidates.models.search_word import SearchWord
from candidates.models.tag import Tag

__all__ = [
    "BY_NAME",
    "Candidate",
    "CandidateImport",
    "Folded",
    "ImportFile",
    "ImportRow",
    "NameField",
    "Note",
    "Position",
    "SearchWord",
    "Tag",
    "owners",
]
