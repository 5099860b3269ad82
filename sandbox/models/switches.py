from django.db import models


class Option(models.Model):
    """A setting of the control panel; `sandbox.options` knows them all."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.name}={self.value}"

    @classmethod
    def read(cls, name: str, default: str) -> str:
        return cls.objects.filter(name=name).values_list("value", flat=True).first() or default

    @classmethod
    def write(cls, name: str, value: str) -> None:
        cls.objects.update_or_create(name=name, defaults={"value": value})


class Switch(models.Model):
    """Breaks an operation (`api.breaks` lists how) for so many calls or, without a number, until removed."""

    operation = models.CharField(max_length=80, help_text="Such as users.me; * is every operation.")
    behaviour = models.CharField(max_length=40)
    remaining = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.operation}: {self.behaviour}"


class ApiRequest(models.Model):
    """One request to the API or the token endpoint, kept so that tests can see what was asked; secrets are left out."""

    member = models.ForeignKey("sandbox.Member", null=True, on_delete=models.CASCADE)
    operation = models.CharField(max_length=80)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    query = models.TextField(blank=True)
    body = models.TextField(blank=True)
    status = models.PositiveIntegerField()
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
