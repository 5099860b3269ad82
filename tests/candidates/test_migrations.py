"""What a migration says of names and words that were there before it."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from candidates import indexing
from candidates.models import Candidate, SearchWord


# It empties all tables when it ends, roles too: with the others that do.
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_places_names_and_moves_addresses() -> None:
    before = [("candidates", "0008_names"), ("scheduling", "0024_interview_by_name")]
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    old = executor.migrate(before).apps
    zoe = old.get_model("candidates", "Candidate").objects.create(name="(Zoë) Quill", email="zoe@example.org")
    words = old.get_model("candidates", "SearchWord").objects
    for word, place in {
        b"zoe": 0,
        b"quill": 1,
        b"zoe@example.org": 1,
        b"@example.org": 1,
        b"example": 1,
        b"org": 1,
    }.items():
        words.create(candidate=zoe, word=word, place=place)
    try:
        executor.loader.build_graph()
        executor.migrate(latest)
        candidate = Candidate.objects.get()
        assert bytes(candidate.sort_name) == b"zoe) quill"
        moved = {bytes(row.word): row.place for row in SearchWord.objects.all()}
        assert moved == indexing.placed(candidate.name, candidate.email, "")

        executor.loader.build_graph()
        back = executor.migrate(before).apps.get_model("candidates", "SearchWord")
        assert sorted(back.objects.values_list("place", flat=True)) == [0, 1, 1, 1, 1, 1]
    finally:
        executor.loader.build_graph()
        executor.migrate(latest)
