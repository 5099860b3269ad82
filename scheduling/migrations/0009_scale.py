"""Facts of the attempt that counts on the interview, notes of where links stand, and the words of bookings."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery

from candidates import words

BATCH = 1000


def write_facts(apps: StateApps, schema_editor: object) -> None:
    """As settling each interview would."""
    interviews = apps.get_model("scheduling", "Interview").objects.all()
    newest = apps.get_model("scheduling", "Attempt").objects.filter(interview=OuterRef("pk"))
    canceled_at = Subquery(newest.order_by("-booked_at", "-pk").values("canceled_at")[:1])
    interviews.update(canceled_at=canceled_at)
    interviews.filter(state__in=["no_show", "interviewer_no_show"]).update(is_missed=True)


def index_bookings(apps: StateApps, schema_editor: object) -> None:
    """The words of invitees that their interview's candidate is not found by."""
    booking_word = apps.get_model("scheduling", "BookingWord")
    facts = apps.get_model("scheduling", "Attempt").objects.values_list(
        "interview", "invitee_name", "invitee_email",
        "interview__candidate__name", "interview__candidate__email", "interview__candidate__phone",
    )  # fmt: skip
    batch = []
    for pk, invitee, address, name, email, phone in facts.iterator(chunk_size=BATCH):
        known = words.of_person(name, email, str(phone)) if name else {}
        for word in words.of_person(invitee, address).keys() - known.keys():
            batch.append(booking_word(interview_id=pk, word=word))
        if len(batch) >= BATCH:
            booking_word.objects.bulk_create(batch, ignore_conflicts=True)
            batch = []
    booking_word.objects.bulk_create(batch, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0004_scale"),
        ("scheduling", "0008_candidate_page_kinds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BookingWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.BinaryField(max_length=64)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="interview",
            name="interview_by_state",
        ),
        migrations.AddField(
            model_name="bookinglink",
            name="standing",
            field=models.CharField(blank=True, editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="bookinglink",
            name="standing_until",
            field=models.DateTimeField(auto_now=True, null=True),
        ),
        migrations.AddField(
            model_name="interview",
            name="canceled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="interview",
            name="is_missed",
            field=models.BooleanField(default=False, help_text="Whether either side did not come."),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["booked_at"], name="attempt_booked"),
        ),
        migrations.AddIndex(
            model_name="bookinglink",
            index=models.Index(fields=["standing", "-created_at", "-id"], name="link_of_standing"),
        ),
        migrations.AddIndex(
            model_name="bookinglink",
            index=models.Index(fields=["event_type", "-created_at", "-id"], name="link_of_event_type"),
        ),
        migrations.AddIndex(
            model_name="bookinglink",
            index=models.Index(fields=["created_by", "-created_at", "-id"], name="link_made_by"),
        ),
        migrations.AddIndex(
            model_name="bookinglink",
            index=models.Index(fields=["standing_until", "id"], name="link_standing_due"),
        ),
        migrations.AddIndex(
            model_name="bookinglink",
            index=models.Index(fields=["standing", "expires_at"], name="link_run_out"),
        ),
        migrations.AddIndex(
            model_name="interview",
            index=models.Index(fields=["state", "starts_at", "id"], name="interview_by_state"),
        ),
        migrations.AddIndex(
            model_name="interview",
            index=models.Index(fields=["is_missed", "starts_at", "id"], name="interview_missed"),
        ),
        migrations.AddIndex(
            model_name="interview",
            index=models.Index(fields=["event_type", "starts_at", "id"], name="interview_of_event_type"),
        ),
        migrations.AddIndex(
            model_name="interview",
            index=models.Index(fields=["position", "starts_at", "id"], name="interview_of_position"),
        ),
        migrations.AddIndex(
            model_name="interview",
            index=models.Index(fields=["state", "canceled_at"], name="interview_canceled"),
        ),
        migrations.AddIndex(
            model_name="interview",
            index=models.Index(fields=["state", "interviewer_no_show_at"], name="interview_let_down"),
        ),
        migrations.AddIndex(
            model_name="interview",
            index=models.Index(
                condition=models.Q(("candidate", None)), fields=["starts_at", "id"], name="interview_unmatched"
            ),
        ),
        migrations.AddField(
            model_name="bookingword",
            name="interview",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="booking_words", to="scheduling.interview"
            ),
        ),
        migrations.AddIndex(
            model_name="bookingword",
            index=models.Index(fields=["word", "interview"], name="booking_word_found"),
        ),
        migrations.AddConstraint(
            model_name="bookingword",
            constraint=models.UniqueConstraint(fields=("interview", "word"), name="booking_word_once"),
        ),
        migrations.RunPython(write_facts, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(index_bookings, migrations.RunPython.noop, elidable=True),
    ]
