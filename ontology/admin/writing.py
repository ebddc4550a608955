"""Writes of the admin: a form hands its fields to a service, and shows what the service refuses."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.db.models import Model
from django.forms.models import construct_instance
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ontology.admin.site import RowAdmin
from ontology.admin.unfolded import ModelForm
from ontology.errors import DomainError, FieldRefused, ItemRefused, QuotaExceeded
from ontology.services.limits import limits_settle
from ontology.validation import Problem

type Refusal = tuple[str, str]
"""A form's field (blank: the form as a whole) and a sentence."""


class Refused(Exception):
    """A service wrote nothing; the form is shown again with its reasons."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(" ".join(sentence for _, sentence in refusals))


class FormRequest(HttpRequest):
    """A request whose form has been refused by a service."""

    refusals: tuple[Refusal, ...]


def limit_sentence(error: QuotaExceeded) -> SafeString | str:
    """The refusal of a limit with what would make room, and a link to where the group changes its plan."""
    sentence, group = f"{error} {error.suggestion}".strip(), error.told.get("groupId")
    if not group or not settings.UPGRADE_PAGE:
        return sentence
    return format_html('{} <a href="{}" class="sextant-link">See the plans</a>', sentence, reverse(settings.UPGRADE_PAGE, args=[group]))


class RefusableForm(forms.BaseForm):
    """A form that says what a service refused."""

    refusals: ClassVar[tuple[Refusal, ...]] = ()

    def clean(self) -> dict[str, Any]:
        """The fields, with what the service refused beside them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field, sentence in self.refusals:
            self.add_error(field if field in self.fields else None, sentence)
        return cleaned


class ServiceForm(RefusableForm, ModelForm[Any]):
    """A form that checks the shape of its fields only; the rules are the service's and the database's."""

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)


class ServiceAdmin[M: Model](RowAdmin[M]):
    """A page that saves through a service: `write` calls it and returns the id of the row.

    The service runs inside the view's transaction; a refusal rolls all of it back and shows the form again.
    """

    form = ServiceForm
    field_names: ClassVar[Mapping[str, str]] = {}
    """Fields of the service by other names in the form; a blank name is the form as a whole."""

    def write(self, request: HttpRequest, obj: M, form: Any, *, change: bool) -> uuid.UUID:
        """Calls the service; returns the id of the row it wrote."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        """Writes by the service. Raises Refused."""
        try:
            obj.pk = self.write(request, obj, form, change=change)
            limits_settle()
        except FieldRefused as error:
            raise Refused([(self.form_field(error.field), str(error))]) from error
        except ItemRefused as error:
            raise Refused([self.refusal(request, obj, problem) for problem in error.problems]) from error
        except QuotaExceeded as error:
            raise Refused([("", limit_sentence(error))]) from error
        except DomainError as error:
            raise Refused(self.refusals_of(request, obj, error)) from error

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page; once more, with the reasons, when the service refused."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            cast(FormRequest, request).refusals = refused.refusals
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form's class, with what the service refused of this request."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"refusals": getattr(request, "refusals", ())})

    def refusals_of(self, request: HttpRequest, obj: M, error: DomainError) -> list[Refusal]:
        """What the form says of an error that names no field."""
        return [("", str(error))]

    def form_field(self, name: str) -> str:
        """The form's field for the service's field NAME, which may be a path into JSON such as `properties.price`."""
        field = name.replace("/", ".").replace("[", ".").partition(".")[0]
        return self.field_names.get(field, field)

    def refusal(self, request: HttpRequest, obj: M, problem: Problem) -> Refusal:
        """Where and how the form shows a problem."""
        return self.form_field(problem.field), problem.error

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the service's event is the record."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the service's event is the record."""
