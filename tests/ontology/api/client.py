"""A client of the API that signs in with a token, sends JSON and reads JSON."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from django.test import Client

from ontology.models import ApiToken, Group, Person
from ontology.services.tokens import digest_of, token_text
from tests.roles import as_role


def make_token(person: Person, scopes: Sequence[str] = ("read", "write", "admin"), **fields: Any) -> str:
    """The text of a new token of PERSON."""
    text = token_text()
    ApiToken.objects.create(
        **{
            "person": person,
            "name": "test",
            "prefix": text[:8],
            "digest": digest_of(text),
            "scopes": list(scopes),
            **fields,
        }
    )
    return text


class Api:
    """Calls of one person, served under the role of requests: row-level security binds them, and not the test."""

    def __init__(
        self, person: Person | None = None, *, token: str | None = None, client: Client | None = None, role: str | None = "app", **token_fields: Any
    ) -> None:
        self.client, self.role = client or Client(), role
        if person is not None:
            token = make_token(person, **token_fields)
        self.token = token

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer; `headers` by their names with underscores. A body that is bytes goes as it is."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given.setdefault("Authorization", f"Bearer {self.token}")
        kind = given.pop("Content-Type", "application/json")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        extra = {"content_type": kind} if data or body is not None else {"content_type": ""}
        address = path if path.startswith("/") else f"/api/v1/{path}"
        with as_role(self.role) if self.role else nullcontext():
            response = self.client.generic(method, address, data, headers=given, **extra)
            if response.streaming and response["Content-Type"] == "application/octet-stream":  # a file is read under the role too
                response.streaming_content = [b"".join(response)]
            return response

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self("DELETE", path, **headers)


def codes(response: Any) -> list[tuple[str, str]]:
    """Field and code of every entry of a problem document or bulk answer."""
    return [(entry["field"], entry["code"]) for entry in response.json()["errors"]]


def at(group: Group, path: str) -> str:
    """The address of PATH in GROUP."""
    return f"groups/{group.slug}/{path}"
