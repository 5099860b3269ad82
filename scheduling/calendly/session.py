"""One way to make HTTP sessions for Calendly."""

import requests
from requests.adapters import HTTPAdapter

# Calendly's edge answers 403 to requests without a User-Agent of their own.
USER_AGENT = "Anteroom/0.1"
# Connect and read, in seconds.
TIMEOUT_S = (3.05, 15.0)


def build_session() -> requests.Session:
    """A session that threads may share for its connection pool."""
    session = requests.Session()
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=16)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def was_refused(error: requests.RequestException) -> bool:
    """Whether the connection was refused outright, so that nothing was sent."""
    text = repr(error)
    return isinstance(error, requests.ConnectionError) and ("NewConnectionError" in text or "NameResolution" in text)
