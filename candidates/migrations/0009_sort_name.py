"""The place of each name among names, and addresses apart from the other words."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from candidates import words

BATCH = 5000
MOVE = {
    "postgresql": "UPDATE candidates_searchword SET place = 2 WHERE position('\\x40'::bytea in word) > 0",
    "sqlite": "UPDATE candidates_searchword SET place = 2 WHERE instr(word, x'40') > 0",
}


def place_names(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Say of everybody who is there already where their name stands."""
    people = apps.get_model("candidates", "Candidate").objects.order_by("pk")
    last = 0
    while batch := list(people.filter(pk__gt=last).values_list("pk", "name")[:BATCH]):
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE candidates_candidate SET sort_name = %s WHERE id = %s",
                [(words.sort_name(name), pk) for pk, name in batch],
            )
        last = batch[-1][0]


def move_addresses(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Words with an @ are addresses."""
    schema_editor.execute(MOVE[schema_editor.connection.vendor])


def move_back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("candidates", "SearchWord").objects.filter(place=2).update(place=1)


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0008_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="candidate",
            name="sort_name",
            field=models.BinaryField(default=b""),
        ),
        migrations.AlterField(
            model_name="searchword",
            name="place",
            field=models.SmallIntegerField(
                choices=[
                    (0, "Begins the name"),
                    (1, "Elsewhere in the name, a part of the address, or the phone number"),
                    (2, "The address, or all of it from the @ on"),
                ]
            ),
        ),
        migrations.RunPython(place_names, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(move_addresses, move_back, elidable=True),
    ]
