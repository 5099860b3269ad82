"""What to tell a recruiter when Calendly did not do what was asked: what happened, what was kept, what to do next."""

from functools import singledispatch

from django.db import DatabaseError

from scheduling.calendly import errors

# What a defect of ours shows itself as: the row that met it says so at once, and no other waits for it. Anything else,
# such as a worker told to stop or a full disk, is nobody's row's; the claim runs out and the sweep goes on.
DEFECTS = (ArithmeticError, AttributeError, DatabaseError, LookupError, RuntimeError, TypeError, ValueError)

RECONNECT = "Reconnect it under Settings → Calendly connection."


@singledispatch
def explain(error: errors.CalendlyError) -> str:
    """One sentence or two for the person who clicked, naming the next step; one wording per class of error."""
    return "Calendly gave an answer we do not understand. Try again; if it stays so, tell your administrator."


@explain.register
def _(error: errors.Unauthorized) -> str:
    return f"Calendly no longer accepts our connection. {RECONNECT}"


@explain.register
def _(error: errors.InsufficientScope) -> str:
    return f"The connection lacks {', '.join(error.required_scopes) or 'a permission'}. {RECONNECT}"


@explain.register
def _(error: errors.PlanRequired) -> str:
    return "Calendly says this needs a paid plan. Ask whoever owns the Calendly account to upgrade it."


@explain.register
def _(error: errors.Forbidden) -> str:
    return f"Calendly does not allow this: “{error.message}”"


@explain.register
def _(error: errors.NotFound) -> str:
    return "Calendly does not know this any more. Refresh from Calendly under Settings and try again."


@explain.register
def _(error: errors.Conflict) -> str:
    return "Calendly says this exists already. Reload the page to see it."


@explain.register
def _(error: errors.CalendarUnreadable) -> str:
    return "Calendly cannot read the interviewer's calendar right now. They should reconnect it in Calendly."


@explain.register
def _(error: errors.RateLimited) -> str:
    return f"Calendly asks us to slow down. Try again in {error.reset_s} seconds."


@explain.register
def _(error: errors.Rejected) -> str:
    reasons = "; ".join(message for _, message, _ in error.details) or error.message
    return f"Calendly refused the request{': ' + reasons if reasons else ''}."


@explain.register
def _(error: errors.Unavailable) -> str:
    if error.maybe_done:
        return "Calendly did not answer in time, so it may or may not have done it. Check before you try again."
    return "Calendly cannot be reached right now. Try again in a minute."
