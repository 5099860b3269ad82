"""People: asking them in, their role, who takes their candidates, and how they begin."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password

from candidates.forms import PersonField, TidyNameField
from candidates.models import owners
from candidates.rules import tidy_email
from scheduling.models import Invitation
from scheduling.queries import people
from scheduling.services.invitations import new_user


class InvitationForm(forms.Form):
    name = TidyNameField(max_length=200, error_messages={"required": "Enter the person’s name."})
    email = forms.EmailField(label="Email", max_length=254, error_messages={"required": "Enter an address."})
    role = forms.ModelChoiceField(Group.objects.none(), empty_label=None)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="invite_%s")
        self.fields["role"].queryset = people.roles()  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["role"].initial = people.roles().filter(name="Recruiter").first()

    def clean_email(self) -> str:
        return tidy_email(self.cleaned_data["email"])


class RoleForm(forms.Form):
    role = forms.ModelChoiceField(Group.objects.none(), empty_label=None)

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data, auto_id="role_%s")
        self.fields["role"].queryset = people.roles()  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["role"].initial = user.groups.filter(name=people.role_of(user)).first()


class HandOverForm(forms.Form):
    """Who takes somebody's candidates; nobody has to when there are none."""

    taker = PersonField(User.objects.none(), label="Candidates go to", empty_label="Choose somebody")

    def __init__(self, giver: User, data: Any = None, *, auto_id: str = "hand_over_%s") -> None:
        super().__init__(data, auto_id=auto_id)
        self.fields["taker"].queryset = owners().exclude(pk=giver.pk)  # type: ignore[attr-defined]  # a choice
        self.fields["taker"].required = people.candidates_of(giver).exists()


class AcceptForm(forms.Form):
    """The name and the password of somebody who was invited."""

    name = TidyNameField(label="Your name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password1 = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password2 = forms.CharField(
        label="Password once more", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, invitation: Invitation, data: Any = None) -> None:
        super().__init__(data, initial={"name": invitation.name})
        self.invitation = invitation
        self.fields["password1"].help_text = "At least 10 characters."

    def clean(self) -> None:
        first, second = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if not first:
            return
        try:
            validate_password(first, new_user(self.invitation.email, self.cleaned_data.get("name", "")))
        except forms.ValidationError as error:
            self.add_error("password1", error)
        if second and first != second:
            self.add_error("password2", "This is another password than the first.")
