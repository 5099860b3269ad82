from uuid import uuid4

from django.db import models

from sandbox.addresses import site, uri


class Organization(models.Model):
    class Stage(models.TextChoices):
        PAID = "paid"
        FREE = "free"
        TRIAL = "trial"

    uuid = models.UUIDField(unique=True, default=uuid4)
    name = models.CharField(max_length=120)
    plan = models.CharField(max_length=20, default="teams")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.PAID)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def uri(self) -> str:
        return uri("organizations", self.uuid)


class Member(models.Model):
    """A Calendly user in their organisation."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        USER = "user"

    uuid = models.UUIDField(unique=True, default=uuid4)
    membership_uuid = models.UUIDField(unique=True, default=uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=10, choices=Role, default=Role.USER)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    email = models.EmailField(unique=True)
    timezone = models.CharField(max_length=64, default="UTC")
    # Null is none.
    daily_limit = models.PositiveIntegerField(null=True)
    weekly_limit = models.PositiveIntegerField(null=True)
    monthly_limit = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def uri(self) -> str:
        return uri("users", self.uuid)

    @property
    def scheduling_url(self) -> str:
        return site(self.slug)

    @property
    def is_admin(self) -> bool:
        return self.role in (self.Role.OWNER, self.Role.ADMIN)


class Group(models.Model):
    """Part of an organisation, with admins of its own."""

    uuid = models.UUIDField(unique=True, default=uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def uri(self) -> str:
        return uri("groups", self.uuid)


class GroupRelationship(models.Model):
    """A member's place in a group."""

    class Role(models.TextChoices):
        MEMBER = "member"
        ADMIN = "admin"

    uuid = models.UUIDField(unique=True, default=uuid4)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="relationships")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="group_relationships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.member} in {self.group}"

    @property
    def uri(self) -> str:
        return uri("group_relationships", self.uuid)
