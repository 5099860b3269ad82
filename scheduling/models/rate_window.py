from django.db import models


class RateWindow(models.Model):
    """The calls of one key's moving window, where no Redis keeps them: Unix times, newest first."""

    key = models.CharField(max_length=255, primary_key=True)
    calls = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.key
