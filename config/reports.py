"""Reports of errors, without secrets: whatever a form calls a password, a code or a token is starred out."""

import re

from django.http import HttpRequest
from django.http.request import QueryDict
from django.views.debug import SafeExceptionReporterFilter

SECRET = re.compile(r"password|secret|token|code|key|authorization|cookie|session|dsn|url|pass\b", re.IGNORECASE)


class SecretsFilter(SafeExceptionReporterFilter):
    """Stars out settings, headers and fields of forms by their names, always."""

    hidden_settings = SECRET

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always: a developer's report may be copied as well."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> QueryDict | dict[str, str]:
        """The form's fields, secret ones starred out."""
        fields = super().get_post_parameters(request)
        return {name: self.cleansed_substitute if SECRET.search(name) else value for name, value in fields.items()}
