"""Forms of the ways to connect that are not Calendly's own sign-in."""

from django import forms

SECRET = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
# Calendly's tokens are a few hundred characters.
LONGEST_SECRET = 4_000


class SecretField(forms.CharField):
    """Pasted text without the blanks and line breaks that come with it."""

    def __init__(self, label: str, help_text: str) -> None:
        super().__init__(label=label, help_text=help_text, max_length=LONGEST_SECRET, widget=SECRET)

    def clean(self, value: str | None) -> str:
        cleaned = "".join((super().clean(value) or "").split())
        if not cleaned.isascii():
            raise forms.ValidationError("This is not a token: it holds characters no token has.")
        return cleaned.removeprefix("Bearer")


class TokenForm(forms.Form):
    token = SecretField("Personal access token", "Made in Calendly under Integrations, API and webhooks.")


class GatewayKeyForm(forms.Form):
    api_key = SecretField("API key", "From the gateway's settings page.")


class GatewayChoiceForm(forms.Form):
    connection_id = forms.RegexField(
        r"[A-Za-z0-9_-]{1,64}", error_messages={"required": "Choose a connection.", "invalid": "Choose a connection."}
    )
