from django.apps import AppConfig
from django.core.checks import Tags, register

from scheduling import checks


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self) -> None:
        register(checks.check_encryption_keys, Tags.security)
        register(checks.check_calendly)
        register(checks.check_site_url)
