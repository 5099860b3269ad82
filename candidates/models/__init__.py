"""Who we want to meet, and for what."""

from candidates.models.candidate import Candidate
from candidates.models.position import Position

__all__ = ["Candidate", "Position"]
