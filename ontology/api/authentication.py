"""Who asks: the person of an API token, or of a session with its CSRF token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied

from ontology.api.refusals import Refusal
from ontology.models import ApiToken, Person
from ontology.replica import primary_is_away
from ontology.services.tokens import token_bearer
from ontology.sessions import second_factor_missing

SCHEME = "bearer"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sextant"'}


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer sxt_…`."""

    def authenticate(self, request: Any) -> tuple[Person, ApiToken] | None:
        """The token's person and the token; None when the request bears none. Raises Refusal 401 for one that opens nothing."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        token = token_bearer(text.strip()) if scheme.lower() == SCHEME and text.strip().isascii() and "\0" not in text else None
        if token is None and primary_is_away():
            sentence = "The primary database is away, and its replica does not know this token, which may be new; try again when it is back."
            raise Refusal(503, "unavailable", sentence, headers={"Retry-After": "5"})
        if token is None:
            raise Refusal(401, "token_refused", "This token is unknown, expired or revoked.", headers={"WWW-Authenticate": _REFUSED})
        return token.person, token


_REFUSED = 'Bearer realm="sextant", error="invalid_token"'


class CookieAuthentication(SessionAuthentication):
    """The session of the admin, for the reference page and for scripts on pages of ours; writes need the CSRF token."""

    def authenticate(self, request: Any) -> tuple[Person, None] | None:
        """The person signed in; None without a session. Raises Refusal 403 for a write without its CSRF token, and for staff without second factor."""
        try:
            found = super().authenticate(request)
        except PermissionDenied as refused:
            raise Refusal(403, "csrf_failed", f"{refused.detail} Send the cookie's CSRF token as X-CSRFToken.") from refused
        if found is None:
            return None
        if second_factor_missing(request._request):
            raise Refusal(403, "second_factor_missing", "Staff prove their second factor first, on the pages of the account.")
        return found[0], None

    def enforce_csrf(self, request: Any) -> None:
        """Checks the CSRF token by its header and cookie; the body has been read, and is no form."""
        super().enforce_csrf(request._request)


def not_signed_in() -> Refusal:
    """401 for a request of nobody."""
    return Refusal(401, "not_signed_in", "Sign in: send `Authorization: Bearer sxt_…`.", headers=CHALLENGE)


class TokenScheme(OpenApiAuthenticationExtension):
    """The token in the OpenAPI document."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme."""
        about = "An API token of a person: `Authorization: Bearer sxt_…`. It never opens more than its person may, nor than its scopes say."
        return {"type": "http", "scheme": SCHEME, "description": about}


class CookieScheme(OpenApiAuthenticationExtension):
    """The session in the OpenAPI document."""

    target_class = CookieAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme."""
        about = "The session of the admin; writes need the header X-CSRFToken besides."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": about}
