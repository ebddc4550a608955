"""Fields of forms that several pages share."""

import json
from datetime import datetime
from typing import Any

from django import forms

from ontology.admin.parts import json_text
from ontology.admin.unfolded import Textarea


class JsonField(forms.JSONField):
    """JSON in an editor: indented, and of one kind (an object unless told)."""

    def __init__(self, *, kind: type[dict[str, Any]] | type[list[Any]] = dict, **kwargs: Any) -> None:
        self.kind = kind
        kwargs.setdefault("required", False)
        kwargs.setdefault("initial", kind)
        kwargs.setdefault("widget", Textarea(attrs={"rows": 10, "spellcheck": "false", "data-json": "1"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The text of the editor; what a person typed stays as typed."""
        return value if isinstance(value, str) else json_text(value)

    def to_python(self, value: Any) -> Any:
        """The JSON; blank is empty. Raises ValidationError where the text is no JSON of the kind, with its line."""
        if value in self.empty_values:
            return self.kind()
        try:
            found = json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError as error:
            raise forms.ValidationError(f"This is no JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from error
        if not isinstance(found, self.kind):
            raise forms.ValidationError("A JSON object is expected, in braces." if self.kind is dict else "A JSON list is expected, in brackets.")
        return found


class StampField(forms.CharField):
    """The moment a row last changed, hidden in its form and sent back, to the microsecond."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": forms.HiddenInput(), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """The moment as text."""
        return value.isoformat() if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> Any:
        """The moment; None when there is none. Raises ValidationError for text that is no moment."""
        try:
            return datetime.fromisoformat(value) if value else None
        except ValueError as error:
            raise forms.ValidationError("The form is broken; open the page anew.") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Never: nobody types it."""
        return False


class ListField(forms.CharField):
    """Words separated by commas, as a list."""

    def prepare_value(self, value: Any) -> Any:
        """The words, with commas."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The list of words."""
        return [word.strip() for word in (value or "").split(",") if word.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other words are there."""
        return bool((initial or []) != self.to_python(data))
