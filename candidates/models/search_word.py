from django.db import models

from candidates.models.candidate import Candidate


class SearchWord(models.Model):
    """A word by whose beginning a candidate is found, folded as `candidates.words` says and kept as bytes.

    Bytes are compared alike by every database and under every collation, so "begins with" is a range of an index.
    """

    class Place(models.IntegerChoices):
        FIRST = 0, "Begins the name"
        ELSEWHERE = 1, "Elsewhere in the name, a part of the address, or the phone number"
        # Apart, for else whose address begins like their name would be found twice by each part of it.
        ADDRESS = 2, "The address, or all of it from the @ on"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="search_words")
    word = models.BinaryField(max_length=64)
    place = models.SmallIntegerField(choices=Place)

    class Meta:
        # The constraint's index answers whether a candidate has a word, the other who has it.
        constraints = [models.UniqueConstraint(fields=["candidate", "word"], name="search_word_once")]
        indexes = [models.Index(fields=["place", "word", "candidate"], name="search_word_found")]

    def __str__(self) -> str:
        return bytes(self.word).decode(errors="replace")
