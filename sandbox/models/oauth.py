from django.db import models

from sandbox.models.organizations import Member


class Application(models.Model):
    """An OAuth application of the developer portal; its signing key signs every subscription made with its tokens."""

    client_id = models.CharField(max_length=80, unique=True)
    client_secret = models.CharField(max_length=120)
    name = models.CharField(max_length=80)
    redirect_uris = models.JSONField(default=list)
    signing_key = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class AuthorizationCode(models.Model):
    """Lives ten minutes, single use, bound to its application, redirect address and PKCE challenge."""

    code = models.CharField(max_length=80, unique=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE)
    member = models.ForeignKey(Member, on_delete=models.CASCADE)
    redirect_uri = models.CharField(max_length=500)
    scope = models.TextField()
    code_challenge = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Code for {self.member}"


class Token(models.Model):
    """An access token with its refresh token, or, without an application, a personal access token."""

    application = models.ForeignKey(Application, null=True, on_delete=models.CASCADE)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens")
    access_token = models.CharField(max_length=600, unique=True)
    refresh_token = models.CharField(max_length=120, unique=True, null=True)  # noqa: DJ001  # personal tokens have none
    scope = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    refreshed_from = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"Token of {self.member}"
