"""Unfold's classes under Django's types: the one place where the admin names Unfold, which ships no types of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth import admin as accounts
from django.contrib.auth import forms as account_forms
from django.contrib.auth.models import Group as Role
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from ontology.models import Person

type ListPage = Callable[[Any, HttpRequest], HttpResponse]

if TYPE_CHECKING:

    class PageAdmin[M: Model](admin.ModelAdmin[M]):
        """Unfold's ModelAdmin."""

    class AccountAdmin(accounts.UserAdmin[Person]):
        """Django's admin of accounts."""

    class ModelForm[M: Model](forms.ModelForm[M]):
        """Django's form of a row."""

    class AccountCreationForm(account_forms.AdminUserCreationForm[Person]):
        """Unfold's form of a new account."""

    class AccountForm(account_forms.UserChangeForm[Person]):
        """Unfold's form of an account."""

    class PasswordForm(account_forms.AdminPasswordChangeForm[Person]):
        """Unfold's form of a new password."""

    RoleAdmin = accounts.GroupAdmin
    RowPaginator = Paginator[Any]

    def page_action(*, description: str, url_path: str, permissions: list[str]) -> Callable[[ListPage], ListPage]:
        """Unfold's page beside a list, with a button that leads there."""
        raise NotImplementedError

    AutocompleteFilter = admin.FieldListFilter
    CheckboxChoice = forms.CheckboxSelectMultiple
    EmailInput = forms.EmailInput
    NumberInput = forms.NumberInput
    ChoiceFilter = admin.FieldListFilter
    DropdownFilter = admin.SimpleListFilter
    FileInput = forms.FileInput
    MomentFilter = admin.FieldListFilter
    MultipleSelect = forms.SelectMultiple
    Select = forms.Select
    Switch = forms.CheckboxInput
    Textarea = forms.Textarea
    TextInput = forms.TextInput
else:
    from unfold.admin import ModelAdmin
    from unfold.contrib.filters.admin import AutocompleteSelectFilter as AutocompleteFilter
    from unfold.contrib.filters.admin import ChoicesDropdownFilter as ChoiceFilter
    from unfold.contrib.filters.admin import DropdownFilter
    from unfold.contrib.filters.admin import RangeDateTimeFilter as MomentFilter
    from unfold.decorators import action as page_action
    from unfold.forms import AdminPasswordChangeForm as PasswordForm
    from unfold.forms import UserChangeForm as AccountForm
    from unfold.forms import UserCreationForm as AccountCreationForm
    from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as CheckboxChoice
    from unfold.widgets import UnfoldAdminEmailInputWidget as EmailInput
    from unfold.widgets import UnfoldAdminFileFieldWidget as FileInput
    from unfold.widgets import UnfoldAdminIntegerFieldWidget as NumberInput
    from unfold.widgets import UnfoldAdminSelect2MultipleWidget as MultipleSelect
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
    from unfold.widgets import UnfoldBooleanSwitchWidget as Switch

    class PageAdmin(ModelAdmin):
        """Unfold's ModelAdmin; `PageAdmin[Thing]` is for type checkers."""

        def __class_getitem__(cls, model):
            return cls

    class ModelForm(forms.ModelForm):
        """Django's form of a row; `ModelForm[Thing]` is for type checkers."""

        def __class_getitem__(cls, model):
            return cls

    AccountAdmin = accounts.UserAdmin
    RoleAdmin = accounts.GroupAdmin
    RowPaginator = Paginator

__all__ = [
    "AccountAdmin",
    "AccountCreationForm",
    "AccountForm",
    "AutocompleteFilter",
    "CheckboxChoice",
    "ChoiceFilter",
    "DropdownFilter",
    "EmailInput",
    "FileInput",
    "ModelForm",
    "MomentFilter",
    "MultipleSelect",
    "NumberInput",
    "PageAdmin",
    "PasswordForm",
    "Role",
    "RoleAdmin",
    "RowPaginator",
    "Select",
    "Switch",
    "TextInput",
    "Textarea",
    "page_action",
]
