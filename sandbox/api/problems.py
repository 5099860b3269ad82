"""Calendly's error bodies."""

from django.http import HttpResponse, JsonResponse

from sandbox import options

LIMIT_PAGE = "<!doctype html><title>Too many requests</title><h1>Error 1015</h1><p>You are being rate limited</p>"
Detail = dict[str, str]


class ApiError(Exception):
    """Ends a request with an error body."""

    def __init__(self, status: int, title: str, message: str, **more: object) -> None:
        super().__init__(title)
        self.status = status
        self.body = {"title": title, "message": message, **more}

    def response(self) -> HttpResponse:
        return JsonResponse(self.body, status=self.status)


class LimitError(ApiError):
    """429, whose body is not documented."""

    def response(self) -> HttpResponse:
        style = options.read("limit_body")
        if style == "json":
            return super().response()
        return HttpResponse(LIMIT_PAGE if style == "html" else b"", status=self.status)


def invalid(*details: tuple[str, str] | tuple[str, str, str]) -> ApiError:
    """400, with (parameter, message[, code]) details."""
    keys = ("parameter", "message", "code")
    found = [dict(zip(keys, detail, strict=False)) for detail in details]
    return ApiError(400, "Invalid Argument", "The supplied parameters are invalid.", details=found)


def unauthenticated(message: str = "The access token is invalid") -> ApiError:
    return ApiError(401, "Unauthenticated", message)


def forbidden(message: str = "You do not have permission to access this resource.") -> ApiError:
    return ApiError(403, "Permission Denied", message)


def insufficient_scope(*scopes: str) -> ApiError:
    message = "This operation requires the scopes listed in the 'required_scopes' array."
    return ApiError(403, "Insufficient scope", message, required_scopes=list(scopes))


def not_found() -> ApiError:
    return ApiError(404, "Resource Not Found", "The server could not find the requested resource.")


def exists() -> ApiError:
    return ApiError(409, "Already Exists", "Hook with this url already exists")


def calendar_unreadable() -> ApiError:
    return ApiError(424, "External Calendar Error", "There is a problem accessing your calendar.")


def refused(status: int, parameter: str, message: str) -> ApiError:
    """What is refused with a status nobody is sure of."""
    if status == 400:
        return invalid((parameter, message))
    return forbidden(message) if status == 403 else ApiError(status, "Already Exists", message)


def bad_window(parameter: str, message: str) -> ApiError:
    """400 about a window of time, its text where option `window_error` says."""
    if options.read("window_error") == "message":
        return ApiError(400, "Invalid Argument", message)
    return invalid((parameter, message))


def too_many() -> ApiError:
    return LimitError(429, "Too Many Requests", "Rate limit exceeded")


def broken() -> ApiError:
    message = "The server encountered an unexpected condition that prevented it from fulfilling the request."
    return ApiError(500, "Internal Server Error", message)
