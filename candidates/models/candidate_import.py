from django.conf import settings
from django.db import models
from django.urls import reverse

from candidates.models.candidate import Candidate
from candidates.models.position import Position


class CandidateImport(models.Model):
    """A file of candidates: how to read it, how far it has come, and what became of its rows.

    `reached` is the number of the last row that was dealt with, so a run or its undoing goes on where a process died.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Columns to choose"
        MAPPED = "mapped", "Ready to import"
        RUNNING = "running", "Importing"
        DONE = "done", "Imported"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"
        FAILED = "failed", "Stopped"

    name = models.CharField(max_length=255, help_text="The file's name.")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    header_row = models.PositiveIntegerField(
        default=1, help_text="The row that names the columns, as a spreadsheet counts; 0 when none does."
    )
    # Field -> number of the column, counted from zero.
    mapping = models.JSONField(default=dict, blank=True)
    update_existing = models.BooleanField(default=False)
    make_positions = models.BooleanField(default=False)
    position = models.ForeignKey(Position, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # What the last look at the whole file found: counts, problems, positions to make.
    expected = models.JSONField(default=dict, blank=True)
    made_positions = models.JSONField(default=list, blank=True, help_text="Ids of the positions this import made.")
    row_count = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    skipped_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    undone_count = models.PositiveIntegerField(default=0)
    kept_count = models.PositiveIntegerField(default=0)
    # A claim that is not renewed belongs to a process that died.
    claimed_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        # Read by every sweep.
        indexes = [models.Index(fields=["state"], name="import_by_state")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("import", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether its columns and choices may still be changed."""
        return self.state in (self.State.UPLOADED, self.State.MAPPED)

    @property
    def holds_nothing(self) -> bool:
        """Whether it waits although no row of its file would be added or update anybody."""
        return self.state == self.State.MAPPED and not (self.expected.get("created") or self.expected.get("updated"))

    @property
    def is_moving(self) -> bool:
        return self.state in (self.State.RUNNING, self.State.UNDOING)

    @property
    def can_be_undone(self) -> bool:
        has_effect = bool(self.created_count or self.updated_count)
        return has_effect and self.undone_at is None and self.state in (self.State.DONE, self.State.FAILED)

    @property
    def can_go_on(self) -> bool:
        return self.state == self.State.FAILED

    @property
    def dealt_with(self) -> int:
        """How many rows have a result, of the run or, once it is being undone, of the undoing."""
        if self.undone_at is not None:
            return self.undone_count + self.kept_count
        return self.created_count + self.updated_count + self.skipped_count + self.rejected_count

    @property
    def to_deal_with(self) -> int:
        return self.created_count + self.updated_count if self.undone_at is not None else self.row_count


class ImportFile(models.Model):
    """The bytes as uploaded, apart from the import, so that asking how far it has come does not read them."""

    import_of = models.OneToOneField(
        CandidateImport, primary_key=True, on_delete=models.CASCADE, related_name="file", db_column="import_id"
    )
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of import {self.pk}"


class ImportRow(models.Model):
    """What became of one row; `before` holds what an update replaced."""

    class State(models.TextChoices):
        CREATED = "created", "Added"
        UPDATED = "updated", "Updated"
        SKIPPED = "skipped", "Skipped"
        REJECTED = "rejected", "Rejected"
        UNDONE = "undone", "Undone"
        KEPT = "kept", "Kept"

    import_of = models.ForeignKey(CandidateImport, on_delete=models.CASCADE, related_name="rows", db_column="import_id")
    # As a spreadsheet counts.
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State)
    problem = models.TextField(blank=True)
    candidate = models.ForeignKey(Candidate, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    before = models.JSONField(null=True, blank=True)
    # The candidate's `updated_at` as this import left it: another value means somebody changed them since.
    touched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["import_of", "number"], name="import_row_once")]
        # The result page reads by state.
        indexes = [models.Index(fields=["import_of", "state", "number"], name="import_row_by_state")]

    def __str__(self) -> str:
        return f"row {self.number}: {self.get_state_display()}"
