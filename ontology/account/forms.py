"""Forms of the account pages: shapes only, the rules are the services'."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils import timezone

from ontology.choices import TokenScope
from ontology.errors import DomainError, FieldRefused
from ontology.models import Group, Person

DAYS = [(30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "one year")]


class SignInForm(AuthenticationForm):
    """E-mail address and password."""

    error_messages = {
        "invalid_login": "This e-mail address and password do not belong together. Mind capital letters in the password.",
        "inactive": "This e-mail address and password do not belong together. Mind capital letters in the password.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address"
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254})


class ProfileForm(forms.Form):
    """What a person says of themselves."""

    display_name = forms.CharField(max_length=200, required=False, label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    bio = forms.CharField(required=False, max_length=5000, label="About you", widget=forms.Textarea(attrs={"rows": 3}))
    avatar = forms.URLField(required=False, max_length=500, label="Picture", help_text="The address of a picture, with https.", assume_scheme="https")


class TokenForm(forms.Form):
    """An API token to be made."""

    name = forms.CharField(max_length=100, help_text="What it is for, so that you know it again.")
    scopes = forms.MultipleChoiceField(choices=TokenScope.choices, widget=forms.CheckboxSelectMultiple, label="It may")
    group = forms.ModelChoiceField(
        Group.objects.none(), required=False, empty_label="All groups that I reach", help_text="With a group it opens that group and those below it."
    )
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=settings.API_TOKEN_DAYS, label="Works for")

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: forms.ModelChoiceField[Group] = self.fields["group"]  # type: ignore[assignment]
        groups.queryset = Group.objects.filter(memberships__person=person).order_by("name")

    @property
    def expires_at(self) -> Any:
        """The moment that the days end."""
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class NewPasswordForm(forms.Form):
    """A password for a person, twice."""

    password1 = forms.CharField(label="New password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    password2 = forms.CharField(label="The same once more", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())

    def clean_password2(self) -> str:
        """The password, when both are one and it is a good one."""
        first, second = self.cleaned_data.get("password1"), self.cleaned_data["password2"]
        if first and first != second:
            raise forms.ValidationError("The two passwords differ.")
        validate_password(second, self.person)
        return str(second)


class PasswordChangeForm(NewPasswordForm):
    """The present password, and another."""

    old_password = forms.CharField(
        label="Present password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )
    field_order = ["old_password", "password1", "password2"]


class InvitationForm(NewPasswordForm):
    """How a new person wants to be called, and their password."""

    display_name = forms.CharField(max_length=200, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}))
    field_order = ["display_name", "password1", "password2"]


class AddressForm(forms.Form):
    """An e-mail address."""

    email = forms.EmailField(max_length=254, label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}))


def tell(form: forms.Form, error: DomainError) -> None:
    """Puts a service's refusal beside its field, or above the form."""
    field = error.field if isinstance(error, FieldRefused) and error.field in form.fields else None
    form.add_error(field, str(error))
