from django.apps import AppConfig
from django.core.checks import register

from sandbox import checks


class SandboxConfig(AppConfig):
    name = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(checks.check_debug)
