"""Exchanging the keys that encrypt secrets."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.conf import LazySettings
from django.core.management import call_command

from scheduling.models import Connection, Subscription
from tests.factories import ConnectionFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def test_lets_an_old_key_go_after_encrypting_anew(settings: LazySettings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    connection = ConnectionFactory(access_token="access", refresh_token="refresh")
    SubscriptionFactory(connection=connection, signing_key="signing")

    settings.ENCRYPTION_KEYS = [new, old]
    assert Connection.objects.get().access_token == "access"
    call_command("reencrypt", verbosity=0)
    settings.ENCRYPTION_KEYS = [new]

    kept = Connection.objects.get()
    assert (kept.access_token, kept.refresh_token, Subscription.objects.get().signing_key) == (
        "access",
        "refresh",
        "signing",
    )
    settings.ENCRYPTION_KEYS = [old]
    with pytest.raises(InvalidToken):
        Connection.objects.get()
