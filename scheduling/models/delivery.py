from django.db import models

from scheduling.models.subscription import Subscription


class Delivery(models.Model):
    """One webhook POST exactly as it arrived; the row is the work, a queue message only wakes a worker."""

    class State(models.TextChoices):
        NEW = "new", "Waiting"
        PROCESSED = "processed", "Processed"
        IGNORED = "ignored", "Ignored"
        FAILED = "failed", "Failed"

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the body: the same body is one row.")
    body = models.BinaryField()
    received_at = models.DateTimeField()
    event = models.CharField(max_length=60, blank=True, help_text="Calendly's event name, once parsed.")
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name_plural = "deliveries"
        # Read by the sweep: what is due, oldest first.
        indexes = [models.Index(fields=["state", "next_try_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.event or 'delivery'} received {self.received_at:%Y-%m-%d %H:%M:%S}"
