"""The door that every view is: one transaction from access to the written answer, inside the scope of the person who asks.

Where calls are metered, a group's door is two: who asks and the count of the call, then the work.

The bearer of a write is known before its body is read, and the body is read before the transaction begins.
"""

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.views import APIView

from ontology import replica
from ontology.api import idempotency
from ontology.api.answers import JsonRenderer, problem
from ontology.api.authentication import CookieAuthentication, TokenAuthentication, not_signed_in
from ontology.api.documents import Document
from ontology.api.metering import Metered, meter
from ontology.api.operations import Operation
from ontology.api.parameters import parameters_read
from ontology.api.refusals import Refusal
from ontology.api.requests import body_read, file_parts
from ontology.choices import Door, Right
from ontology.errors import RightMissing, UploadRefused
from ontology.isolation import Scope, acting
from ontology.models import ApiToken, Group, Person
from ontology.services.access import TOKEN_RIGHTS, Access, group_access, person_scope
from ontology.services.actor import Actor
from ontology.services.limits import limits_settle
from ontology.services.uploads import Upload, upload_forget, upload_keep

METHODS = ("get", "post", "patch", "delete")
READ_FROM = "Sextant-Read-From"
"""Which database answered, where there are two: `primary`, `replica`, or `replica; primary is away`, which may be old."""


class Endpoint(APIView):
    """A view without a group in its address. `rights` says for each method what it needs; a handler without a declaration fails at import."""

    authentication_classes = (TokenAuthentication, CookieAuthentication)
    permission_classes = ()
    renderer_classes = (JsonRenderer,)
    http_method_names = (*METHODS, "head")
    schema = Document()

    rights: ClassVar[Mapping[str, Right | None]] = {}
    """The right that each method needs; None: any person signed in."""
    operations: ClassVar[Mapping[str, Operation]] = {}

    person: Person
    token: ApiToken | None
    operation: Operation
    parameters: Mapping[str, Any]
    body: bytes
    upload: Upload | None = None
    read_from: str = "primary"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Collects what the handlers declare. Raises TypeError for one that declares nothing."""
        super().__init_subclass__(**kwargs)
        handlers = {method.upper(): getattr(cls, method) for method in METHODS if hasattr(cls, method)}
        silent = [method for method, handler in handlers.items() if not isinstance(getattr(handler, "operation", None), Operation)]
        if silent:
            raise TypeError(f"{cls.__name__} does not declare its operations {', '.join(silent)}.")
        cls.operations = {method: handler.operation for method, handler in handlers.items()}
        cls.rights = {method: declared.right for method, declared in cls.operations.items()}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer: everything of it is committed, or it is a problem document and nothing is."""
        self.args, self.kwargs = args, kwargs
        try:
            handler = self._handler(request)
            bearer, self.body = None, b""
            if request.method not in {"GET", "HEAD"}:
                bearer = TokenAuthentication().authenticate(request)
                if bearer is None and not request.user.is_authenticated:
                    raise not_signed_in()
                if self.operation.upload:
                    with transaction.atomic():
                        self._sign_in(request, bearer)
                        self.admitted()
                        parameters_read(request.GET, self.operation.parameters)
                    self.upload = self.received(request)
                else:
                    self.body = body_read(request, patch=self.operation.patch)
            response = self._served(request, handler, bearer)
            if request.method not in replica.READS:
                replica.written(self.person.pk)
        except Exception as error:  # noqa: BLE001 -- the edge of the process: every error becomes a document, and what nobody foresaw is logged
            response = problem(error, request)
            if self.upload is not None:
                upload_forget(self.upload.key)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if replica.is_used():
            response.headers[READ_FROM] = self.read_from
        for name, value in self.metered_headers().items():
            response.headers[name] = value
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return response

    def _handler(self, request: HttpRequest) -> Any:
        method = (request.method or "").upper()
        known = self.operations.get("GET" if method == "HEAD" else method)
        if known is None:
            allowed = ", ".join([*self.operations, *(["HEAD"] if "GET" in self.operations else [])])
            raise Refusal(405, "method_not_allowed", f"{method[:20]} is not taken here; known are {allowed}.", headers={"Allow": allowed})
        self.operation = known
        return getattr(self, "get" if method == "HEAD" else method.lower())

    def metered_headers(self) -> Mapping[str, str]:
        """What the answer says of the calls that are left, where calls are counted."""
        return {}

    def received(self, request: HttpRequest) -> Upload:
        """The file of the body, kept, under the name that the address gives it. Raises Refusal and UploadRefused."""
        name = request.GET.get("name", "")
        try:
            return upload_keep(file_parts(request), name)
        except UploadRefused as refused:
            raise Refusal(413 if "GB" in str(refused) else 422, refused.code, str(refused)) from None

    def _served(self, request: HttpRequest, handler: Any, bearer: tuple[Person, ApiToken] | None) -> HttpResponseBase:
        with transaction.atomic():
            self._sign_in(request, bearer)
            scope = self.admitted()
            if request.method not in replica.READS or not replica.is_used():
                return self._answered(request, handler, scope)
        return self._read(request, handler, scope)

    def _read(self, request: HttpRequest, handler: Any, scope: Scope) -> HttpResponseBase:
        """The answer to a read, from the replica where that may be: who asks, and what they may, the primary has said."""
        return replica.read(partial(self._read_once, request, handler, scope), self.person.pk)

    def _read_once(self, request: HttpRequest, handler: Any, scope: Scope) -> HttpResponseBase:
        self.read_from = replica.place_of_reads()
        with transaction.atomic():
            return self._answered(request, handler, scope)

    def _sign_in(self, request: HttpRequest, bearer: tuple[Person, ApiToken] | None) -> None:
        """Who asks. Raises Refusal 401."""
        of_session = request.user
        self.request = self.initialize_request(request)
        if bearer is not None:
            self.request.user, self.request.auth = bearer
        self.person, self.token = self.request.user, self.request.auth
        request.user = of_session  # DRF puts the bearer there, and the middleware of sessions would begin one for each request
        if not self.person.is_authenticated:
            raise not_signed_in()

    def _answered(self, request: HttpRequest, handler: Any, scope: Scope) -> HttpResponseBase:
        """The answer, whose writes are within every limit before anybody hears of them."""
        with acting(scope):
            response = self._once(request, handler)
            if request.method not in {"GET", "HEAD"}:
                limits_settle()
            return response

    def _once(self, request: HttpRequest, handler: Any) -> HttpResponseBase:
        """The handler's answer, or the one that is kept under the request's idempotency key."""
        self.parameters = parameters_read(request.GET, self.operation.parameters)
        key = idempotency.key_of(request) if request.method not in {"GET", "HEAD"} else None
        if key is None:
            return self._handled(handler)
        if not self.operation.repeatable:
            why = "a file is loaded once while it is at work" if self.operation.upload else "the answer holds a secret, and is kept nowhere"
            raise Refusal(400, "idempotency_key", f"{idempotency.HEADER} is not taken here: {why}.")
        kept = idempotency.replayed(self.person, self.token, key, request, self.body)
        if kept is not None:
            self.admit_again(kept)
            return kept
        response = self._handled(handler)
        assert isinstance(response, HttpResponse)  # only reads are streamed
        idempotency.keep(self.person, key, response)
        return response

    def admit_again(self, kept: HttpResponse) -> None:
        """Refuses the KEPT answer where the person has lost access since, as far as `admitted` does not tell."""

    def _handled(self, handler: Any) -> HttpResponseBase:
        response: HttpResponseBase = handler(self.request)
        return response

    def admitted(self) -> Scope:
        """The scope to act in. Raises Refusal 403 for a token that does not let the operation through."""
        right = self.operation.right
        if right is not None and self.token is not None and not any(right in TOKEN_RIGHTS[scope] for scope in self.token.scopes):
            raise Refusal(403, RightMissing.code, f"This needs the right {right.value!r}, which the scopes of your token do not give.")
        return person_scope(self.person, self.token)

    @property
    def actor(self) -> Actor:
        """Who acts, through which door."""
        return Actor(self.person, Door.API, str(getattr(self.request, "id", "")), self.token.pk if self.token else None)


class GroupEndpoint(Endpoint):
    """A view below groups/{slug}/: `access` holds the group and what the person may do there."""

    access: Access
    metered: Metered | None = None

    def _served(self, request: HttpRequest, handler: Any, bearer: tuple[Person, ApiToken] | None) -> HttpResponseBase:
        """Two transactions: the call is counted whatever becomes of it, and nobody who counts one waits for another's work."""
        count = None if replica.primary_is_away() else meter()
        if count is None:
            return super()._served(request, handler, bearer)
        with transaction.atomic():
            self._sign_in(request, bearer)
            self.access = group_access(self.person, self.kwargs["slug"], self.token)
            with acting(self.access.scope):
                self.metered = count(self.access.group, self.person)
        self.metered.demand()
        self._demand_right()
        if request.method in replica.READS:
            return self._read(request, handler, self.access.scope)
        with transaction.atomic():
            return self._answered(request, handler, self.access.scope)

    def metered_headers(self) -> Mapping[str, str]:
        """Of the group's limits."""
        return self.metered.headers if self.metered else {}

    def admitted(self) -> Scope:
        """The group and its descendants. Raises GroupUnknown out of reach, RightMissing where the role or token does not suffice."""
        self.access = group_access(self.person, self.kwargs["slug"], self.token)
        self._demand_right()
        return self.access.scope

    def _demand_right(self) -> None:
        if self.operation.right is not None:
            self.access.demand(self.operation.right)

    @property
    def group(self) -> Group:
        """The group of the address."""
        return self.access.group

    @property
    def row_id(self) -> uuid.UUID:
        """The id of the row of the address."""
        found: uuid.UUID = self.kwargs["id"]
        return found
