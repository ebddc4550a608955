"""The OpenAPI document: what drf-spectacular cannot see in the handlers' declarations."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

ABOUT_PATH = {
    "slug": "The group's slug.",
    "id": "The row's id.",
    "name": "The name of the type, or of the plan.",
    "person": "The person's id.",
}


class Document(AutoSchema):
    """Operations as their handlers declare them."""

    def get_filter_backends(self) -> list[Any]:
        """None: filters are declared as parameters."""
        return []

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": ABOUT_PATH[name],
                "schema": {"type": "string", "format": "uuid"} if name in {"id", "person"} else {"type": "string"},
            }
            for name in variables
        ]
