from django.db import models


class Mail(models.Model):
    """One mail as the desk sent it, raw; what is shown is parsed when it is looked at."""

    sender = models.CharField(max_length=400)
    recipients = models.CharField(max_length=400)
    subject = models.CharField(max_length=400)
    raw = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.subject
