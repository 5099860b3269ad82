"""What candidates may do on their page by themselves."""

from datetime import datetime, timedelta

from scheduling.models import CandidatePolicy, Interview

ROW = 1


def current() -> CandidatePolicy:
    """The installation's policy; its migration made the row."""
    return CandidatePolicy.objects.filter(pk=ROW).first() or CandidatePolicy(pk=ROW)


def may_move(policy: CandidatePolicy, interview: Interview, now: datetime) -> bool:
    """Whether the candidate may still choose another time."""
    return interview.moves < policy.max_moves and may_cancel(policy, interview, now)


def may_cancel(policy: CandidatePolicy, interview: Interview, now: datetime) -> bool:
    """Whether the candidate may still call it off, which a cut-off before the start ends."""
    return interview.starts_at is not None and now < interview.starts_at - timedelta(hours=policy.cutoff_hours)
