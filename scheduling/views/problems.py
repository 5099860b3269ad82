"""What to tell a recruiter when Calendly did not do what was asked: what happened, what was kept, what to do next."""

from django.contrib import messages
from django.http import HttpRequest

from scheduling.calendly import errors

RECONNECT = "Reconnect it under Settings → Calendly connection."


def explain(error: errors.CalendlyError) -> str:
    """One sentence or two for the person who clicked; names the next step."""
    match error:
        case errors.Unauthorized():
            return f"Calendly no longer accepts our connection. {RECONNECT}"
        case errors.InsufficientScope():
            missing = ", ".join(error.required_scopes) or "a permission"
            return f"The connection lacks {missing}. {RECONNECT}"
        case errors.PlanRequired():
            return "Calendly says this needs a paid plan. Ask whoever owns the Calendly account to upgrade it."
        case errors.Forbidden():
            return f"Calendly does not allow this: “{error.message}”"
        case errors.NotFound():
            return "Calendly does not know this any more. Refresh from Calendly under Settings and try again."
        case errors.Conflict():
            return "Calendly says this exists already. Reload the page to see it."
        case errors.CalendarUnreadable():
            return "Calendly cannot read the interviewer's calendar right now. They should reconnect it in Calendly."
        case errors.RateLimited():
            return f"Calendly asks us to slow down. Try again in {error.reset_s} seconds."
        case errors.Rejected():
            reasons = "; ".join(message for _, message, _ in error.details)
            return f"Calendly refused the request{': ' + reasons if reasons else ''}."
        case errors.Unavailable() if error.maybe_done:
            return "Calendly did not answer in time, so it may or may not have done it. Check before you try again."
        case errors.Unavailable():
            return "Calendly cannot be reached right now. Try again in a minute."
        case _:
            return "Calendly gave an answer we do not understand. Try again; if it stays so, tell your administrator."


def tell(request: HttpRequest, error: errors.CalendlyError, *, kept: str) -> None:
    """Show the explanation with what was kept, such as "No link was made."."""
    messages.error(request, f"{kept} {explain(error)}")


def tell_not_connected(request: HttpRequest) -> None:
    messages.error(request, f"Calendly is not connected, so nothing was changed. {RECONNECT}")
