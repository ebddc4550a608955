"""me/: the person who asks, what they may do, and their API tokens."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from ontology.api.answers import answer
from ontology.api.cases import items_in
from ontology.api.columns import FIELDS, OMIT, Columns
from ontology.api.endpoint import Endpoint
from ontology.api.filters import Filters
from ontology.api.operations import describes
from ontology.api.pages import Listing
from ontology.api.parameters import moment_of
from ontology.api.refusals import Refusal, demand_known, not_found
from ontology.api.requests import object_of
from ontology.api.shapes import me as shapes
from ontology.api.shapes.examples import ME, TOKEN, page_of
from ontology.choices import Right
from ontology.errors import FieldRefused, GroupUnknown
from ontology.isolation import current_scope
from ontology.models import ApiToken, Group, Membership, Person
from ontology.services.access import group_access, membership_rights
from ontology.services.tokens import token_make, token_revoke
from ontology.validation.problems import shown

TAG, TOKENS_TAG = "me", "tokens"
TOKEN_FIELDS = frozenset({"name", "scopes", "group", "expires_at"})
COLUMNS = Columns(
    {
        "id": "id",
        "name": "name",
        "prefix": "prefix",
        "scopes": "scopes",
        "group": "group__slug",
        "expiresAt": "expires_at",
        "lastUsedAt": "last_used_at",
        "revokedAt": "revoked_at",
        "createdAt": "created_at",
    }
)
TOKENS = Listing("tokens", COLUMNS)


class Me(Endpoint):
    """The person who asks."""

    @describes(
        Right.READ,
        "me_read",
        "Read yourself",
        "Who you are, your memberships, and what each lets you do through this token or session.",
        tag=TAG,
        answers={200: shapes.Me},
        shown=ME,
    )
    def get(self, request: Any) -> HttpResponse:
        """The person."""
        person = self.person
        person.refresh_from_db(fields=["bio", "avatar", "username", "display_name"])
        places = Membership.objects.filter(person=person).select_related("group").order_by("group__slug")
        memberships = []
        for place in places:
            place.person = person
            rights = sorted(membership_rights(place, self.token))
            told = {"group": place.group.slug, "name": place.group.name, "role": place.role, "rights": rights, "creator": place.creator_id}
            memberships.append(told)
        names = {"id": person.pk, "email": person.email, "username": person.username, "displayName": person.display_name}
        more = {"bio": person.bio, "avatar": person.avatar, "platformRole": person.platform_role}
        return answer({**names, **more, "memberships": memberships})


class Tokens(Endpoint):
    """The API tokens of the person who asks."""

    @describes(
        Right.MANAGE,
        "tokens_list",
        "List your tokens",
        "Your API tokens, the latest first; revoked and expired ones too. No text is kept. A token bound to a group sees those of its groups alone.",
        tag=TOKENS_TAG,
        answers={200: shapes.TokenPage},
        parameters=TOKENS.parameters,
        shown=page_of(TOKEN),
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        rows = Filters.applied(request.GET, tokens_in_reach(self.person, self.token))
        return answer(TOKENS.page(rows, self.parameters))

    @describes(
        Right.MANAGE,
        "tokens_make",
        "Make a token",
        "A new API token of yours. Its text is in this answer and nowhere else. A token makes none that opens more than "
        "itself, nor one that outlives it.",
        tag=TOKENS_TAG,
        answers={201: shapes.MadeToken},
        body=shapes.NewToken,
        sent={"name": "importer", "scopes": ["read", "write"], "group": "acme"},
        shown=TOKEN | {"token": "sxt_4fT9aB2cXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"},
        repeatable=False,
    )
    def post(self, request: Any) -> HttpResponse:
        """Makes one."""
        item = object_of(self.body)
        items_in([item], TOKEN_FIELDS)
        demand_known(item, TOKEN_FIELDS)
        name, scopes, expires_at = self._shape(item)
        token, text = token_make(self.person, name=name, scopes=scopes, group=self._group(item.get("group")), expires_at=expires_at, actor=self.actor)
        rows, _ = COLUMNS.read(ApiToken.objects.filter(pk=token.pk), COLUMNS.chosen({}))
        headers = {"Location": f"{request.path}{token.pk}/", "Cache-Control": "no-store"}
        return answer({**rows[0], "token": text}, 201, headers=headers)

    def _shape(self, item: dict[str, Any]) -> tuple[str, list[str], Any]:
        """Name, scopes and end. Raises FieldRefused, and Refusal 403 for scopes that the present token lacks."""
        name, scopes, end = item.get("name"), item.get("scopes"), item.get("expires_at")
        if not isinstance(name, str) or "\0" in name:
            raise FieldRefused("name", f"name must be text, not {shown(name)}.")
        if not isinstance(scopes, list) or not all(isinstance(word, str) for word in scopes):
            raise FieldRefused("scopes", f"scopes must be a list of words, not {shown(scopes)}.")
        if self.token is not None and not set(scopes) <= set(self.token.scopes):
            raise Refusal(403, "right_missing", "A token makes no token with scopes that it lacks itself.")
        return name, scopes, self._end(end)

    def _end(self, end: Any) -> datetime | None:
        """When the token expires: never later than the one that makes it. Raises FieldRefused."""
        latest = self.token.expires_at if self.token is not None else None
        if end is None:
            return min(latest, timezone.now() + timedelta(days=settings.API_TOKEN_DAYS)) if latest else None
        if not isinstance(end, str):
            raise FieldRefused("expires_at", f"expires_at must be RFC 3339 text, not {shown(end)}.")
        try:
            moment = moment_of("expires_at", end)
        except ValueError as wrong:
            raise FieldRefused("expires_at", str(wrong)) from wrong
        if latest and moment > latest:
            raise FieldRefused("expires_at", f"A token makes none that outlives it; this one expires at {latest.isoformat()}.")
        return moment

    def _group(self, slug: Any) -> Group | None:
        """The group that the token is to be bound to; that of the present token when none is named. Raises FieldRefused."""
        if slug is None:
            return self._own_group()
        try:
            if not isinstance(slug, str) or "\0" in slug:
                raise GroupUnknown(str(slug))
            return group_access(self.person, slug, self.token).group
        except GroupUnknown:
            raise FieldRefused("group", f"There is no group {shown(slug)} here.") from None

    def _own_group(self) -> Group | None:
        """The group that the present token is bound to, if any. Raises FieldRefused when its person does not reach that any more."""
        bound, scope = self.token.group_id if self.token is not None else None, current_scope()
        if bound is None:
            return None
        found = Group.objects.filter(pk=bound).first() if scope is not None and bound in scope.groups else None
        if found is None:
            raise FieldRefused("group", "The group of your token is not in your reach any more.")
        return found


class OneToken(Endpoint):
    """One API token of the person who asks."""

    @describes(
        Right.MANAGE,
        "tokens_read",
        "Read a token",
        "One of your API tokens, without its text.",
        tag=TOKENS_TAG,
        answers={200: shapes.Token},
        parameters=(FIELDS, OMIT),
        shown=TOKEN,
    )
    def get(self, request: Any) -> HttpResponse:
        """The token."""
        rows, _ = COLUMNS.read(self._rows(), COLUMNS.chosen(self.parameters))
        if not rows:
            raise not_found("token")
        return answer(rows[0])

    @describes(
        Right.MANAGE,
        "tokens_revoke",
        "Revoke a token",
        "It opens nothing from now on, and stays in the list.",
        tag=TOKENS_TAG,
        answers={204: None},
    )
    def delete(self, request: Any) -> HttpResponse:
        """Revokes it."""
        token = self._rows().select_related("person").first()
        if token is None:
            raise not_found("token")
        token_revoke(token, actor=self.actor)
        return answer(None)

    def _rows(self) -> Any:
        return tokens_in_reach(self.person, self.token).filter(pk=self.kwargs["id"])


def tokens_in_reach(person: Person, token: ApiToken | None) -> QuerySet[ApiToken]:
    """The tokens of PERSON; through a TOKEN that is bound to a group, those of the groups in scope alone."""
    rows, scope = ApiToken.objects.filter(person=person), current_scope()
    if token is None or token.group_id is None:
        return rows
    return rows.filter(group__in=scope.groups if scope is not None else ())
