from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0005_quicker"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="candidate",
            name="candidate_of_standing",
        ),
        migrations.RemoveIndex(
            model_name="candidate",
            name="candidate_owned",
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["standing", "name", "id", "standing_until"],
                name="candidate_of_standing",
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                fields=["owner", "archived_at", "standing", "standing_until", "id"], name="candidate_owned"
            ),
        ),
    ]
