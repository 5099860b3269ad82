"""`manage.py reencrypt`: write every secret anew with the newest of ENCRYPTION_KEYS, so that old keys can go."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from scheduling.models import Connection, Subscription
from scheduling.models.fields import decrypt, encrypt

# Where allauth keeps what it had encrypted: an app's secret, and what recovery codes are made from.
SECRETS = ("secret", "seed")


class Command(BaseCommand):
    help = "Encrypt stored tokens, signing keys and second factors with the newest key; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        connections = subscriptions = factors = 0
        # Row by row under its lock, so that a renewal of tokens meanwhile is not written over.
        for pk in Connection.objects.values_list("pk", flat=True):
            with transaction.atomic():
                connection = Connection.objects.select_for_update().get(pk=pk)
                connection.save(update_fields=["access_token", "refresh_token"])
            connections += 1
        for pk in Subscription.objects.exclude(signing_key="").values_list("pk", flat=True):
            with transaction.atomic():
                Subscription.objects.select_for_update().get(pk=pk).save(update_fields=["signing_key"])
            subscriptions += 1
        for pk in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).values_list("pk", flat=True):
            with transaction.atomic():
                factor = Authenticator.objects.select_for_update().get(pk=pk)
                anew = {name: encrypt(decrypt(factor.data[name])) for name in SECRETS if name in factor.data}
                Authenticator.objects.filter(pk=pk).update(data={**factor.data, **anew})
            factors += 1
        self.stdout.write(
            f"{connections} connections, {subscriptions} signing keys and {factors} second factors use the newest key."
        )
