from django.db import models


class LinkClaim(models.Model):
    """A booking link is being made for this form: inserted before Calendly is asked, removed when the link is saved.

    Two clicks on one button carry the same key, so the second finds the claim and waits instead of making another link.
    """

    request_key = models.UUIDField(primary_key=True)
    claimed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.request_key)
