"""A managed OAuth gateway in Maton's style: it keeps the grant, we hold an API key and choose the connection.

`GET|POST <control>/connections`, `GET|DELETE <control>/connections/{id}`, `Authorization: Bearer <api key>`; calls to
Calendly go through the gateway's own base address with a `Maton-Connection` header.
"""

from dataclasses import dataclass, field
from typing import Any

import requests
from pydantic import ValidationError

from scheduling.calendly import answers, session
from scheduling.calendly.errors import Rejected, Unauthorized, Unavailable, UnexpectedAnswer
from scheduling.calendly.resources import GatewayConnection, resource_id

APP = "calendly"
ACTIVE = "ACTIVE"
CONNECTION_HEADER = "Maton-Connection"


@dataclass(frozen=True)
class Gateway:
    """The gateway's control interface. Every method may raise `Unauthorized` (the key), `Rejected` or `Unavailable`."""

    control_url: str
    api_key: str = field(repr=False)

    def connections(self) -> list[GatewayConnection]:
        """GET /connections: those to Calendly, the oldest first, whatever their state."""
        body = self._call("GET", "/connections", operation="gateway.list", params={"app": APP})
        found = [_typed(item, operation="gateway.list") for item in body.get("connections") or []]
        return sorted(found, key=lambda connection: connection.creation_time)

    def create(self) -> GatewayConnection:
        """POST /connections: a pending one, whose `url` a person opens to give consent."""
        body = self._call("POST", "/connections", operation="gateway.create", json={"app": APP})
        return _typed(body.get("connection"), operation="gateway.create")

    def get(self, connection_id: str) -> GatewayConnection:
        """GET /connections/{id}. Raises `NotFound`."""
        body = self._call("GET", f"/connections/{resource_id(connection_id)}", operation="gateway.get")
        return _typed(body.get("connection"), operation="gateway.get")

    def delete(self, connection_id: str) -> None:
        """DELETE /connections/{id}: the gateway gives the grant back. Raises `NotFound`."""
        self._call("DELETE", f"/connections/{resource_id(connection_id)}", operation="gateway.delete")

    def _call(self, method: str, path: str, *, operation: str, **asked: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        try:
            response = session.build_session().request(
                method,
                self.control_url + path,
                headers=headers,
                timeout=session.TIMEOUT_S,
                allow_redirects=False,
                **asked,
            )
        except requests.RequestException as error:
            raise Unavailable("no answer", operation=operation, maybe_done=method != "GET") from error
        if response.status_code in (401, 403):
            raise Unauthorized("the gateway refuses the key", operation=operation, status=response.status_code)
        if 300 <= response.status_code < 400:
            raise Rejected("the gateway redirects", operation=operation, status=response.status_code)
        return answers.read(response, operation=operation)


def _typed(value: Any, *, operation: str) -> GatewayConnection:
    try:
        return GatewayConnection.model_validate(value)
    except ValidationError:
        raise UnexpectedAnswer("the gateway's answer does not fit", operation=operation) from None
