"""Lists in the order of folded names."""

from django.db import migrations

from candidates.models.name import Folded


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0011_covering_relations"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="position",
            options={"ordering": [Folded("title"), "id"]},
        ),
        migrations.AlterModelOptions(
            name="tag",
            options={"ordering": [Folded("name"), "id"]},
        ),
    ]
