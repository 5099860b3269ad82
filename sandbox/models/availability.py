from uuid import uuid4

from django.db import models

from sandbox.addresses import uri
from sandbox.models.organizations import Member


class Schedule(models.Model):
    """Working hours; `rules` are Calendly's own rule objects, local to `timezone`."""

    uuid = models.UUIDField(unique=True, default=uuid4)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="schedules")
    name = models.CharField(max_length=80, default="Working hours")
    timezone = models.CharField(max_length=64)
    is_default = models.BooleanField(default=True)
    rules = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.name} of {self.member}"

    @property
    def uri(self) -> str:
        return uri("user_availability_schedules", self.uuid)


class BusyTime(models.Model):
    """An entry of the member's own calendar."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="busy_times")
    start = models.DateTimeField()
    end = models.DateTimeField()

    class Meta:
        ordering = ["start"]

    def __str__(self) -> str:
        return f"{self.member} busy {self.start:%Y-%m-%d %H:%M}"
