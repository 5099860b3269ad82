"""Who we want to meet, and for what."""

from candidates.models.candidate import Candidate
from candidates.models.candidate_import import CandidateImport, ImportFile, ImportRow
from candidates.models.position import Position

__all__ = ["Candidate", "CandidateImport", "ImportFile", "ImportRow", "Position"]
