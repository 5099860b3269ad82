from datetime import UTC, datetime, timedelta

import pytest

from scheduling.calendly import webhooks
from tests.deliveries import START, delivery_body, invitee, signature

BODY = b'{"event": "invitee.created"}'
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
KEY = "a signing key"


def verify(header: str | None, *, body: bytes = BODY, keys: tuple[str, ...] = (KEY,)) -> None:
    webhooks.verify(header=header, body=body, keys=keys, now=NOW)


def test_accepts_what_calendly_signed() -> None:
    verify(signature(BODY, key=KEY, at=NOW))


def test_accepts_either_of_two_keys_while_they_rotate() -> None:
    verify(signature(BODY, key="the old key", at=NOW), keys=(KEY, "the old key"))


@pytest.mark.parametrize("late", [timedelta(seconds=180), timedelta(seconds=-180)])
def test_accepts_three_minutes_of_difference(late: timedelta) -> None:
    verify(signature(BODY, key=KEY, at=NOW - late))


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (None, webhooks.Unsigned),
        ("", webhooks.Unsigned),
        ("nonsense", webhooks.Malformed),
        ("t=,v1=00", webhooks.Malformed),
        ("t=12a,v1=00", webhooks.Malformed),
        (f"t={'9' * 400},v1=00", webhooks.Malformed),
        ("t=١٢٣,v1=00", webhooks.Malformed),
        (f"t={int(NOW.timestamp())},v1=", webhooks.Malformed),
        (f"t={int(NOW.timestamp())},v1=ünïcode", webhooks.Forged),
        (signature(BODY, key="another key", at=NOW), webhooks.Forged),
        (signature(BODY + b" ", key=KEY, at=NOW), webhooks.Forged),
        (signature(BODY, key=KEY, at=NOW - timedelta(seconds=181)), webhooks.Stale),
        (signature(BODY, key=KEY, at=NOW + timedelta(seconds=181)), webhooks.Stale),
    ],
)
def test_refuses_what_is_not_proven(header: str | None, error: type[webhooks.SignatureError]) -> None:
    with pytest.raises(error):
        verify(header)


def test_refuses_everything_when_no_key_is_known() -> None:
    with pytest.raises(webhooks.Forged):
        verify(signature(BODY, key="", at=NOW), keys=("",))


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"event": 1}', b'{"event": "x"}', b"[" * 100_000])
def test_names_what_cannot_be_read(body: bytes) -> None:
    with pytest.raises(webhooks.PayloadError):
        webhooks.parse(body)


def test_names_fields_but_never_their_values() -> None:
    payload = invitee("E1", "ANN", created_at="yesterday evening", email="ann@example.com")

    with pytest.raises(webhooks.PayloadError, match="created_at") as raised:
        webhooks.parse(delivery_body("invitee.created", payload, at=START))

    assert "evening" not in str(raised.value)
    assert "ann@example.com" not in str(raised.value)


def test_survives_fields_nobody_told_us_of() -> None:
    body = delivery_body("invitee.created", invitee("E1", "ANN", mood={"today": "good"}), at=START)

    event = webhooks.parse(body)

    assert isinstance(event, webhooks.InviteeCreated)
    assert event.occurred_at == START


def test_survives_an_event_without_a_place() -> None:
    payload = invitee("E1", "ANN")
    payload["scheduled_event"]["location"] = None

    event = webhooks.parse(delivery_body("invitee.created", payload, at=START))

    assert isinstance(event, webhooks.InviteeCreated)
    assert event.invitee.scheduled_event is not None
    assert event.invitee.scheduled_event.location is None
