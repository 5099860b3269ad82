"""`manage.py reencrypt`: write every secret anew with the newest of ENCRYPTION_KEYS, so that old keys can go."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from scheduling.models import Connection, Subscription


class Command(BaseCommand):
    help = "Encrypt stored tokens and signing keys with the newest key; safe to repeat and to run beside everything."

    def handle(self, *args: Any, **options: Any) -> None:
        connections = subscriptions = 0
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
        self.stdout.write(f"{connections} connections and {subscriptions} signing keys now use the newest key.")
