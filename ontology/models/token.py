"""What the API's door keeps: tokens of people, and the answers to repeated requests."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ontology.choices import TokenScope
from ontology.models.group import Group
from ontology.models.person import Person
from ontology.models.row import Row
from ontology.querysets import ApiTokenQuerySet


class ApiToken(Row):
    """A person's key to the API. Only the SHA-256 of its text is kept; `prefix` is the beginning that people recognise it by.

    With a `group` it opens that group and its descendants alone, whatever else its person may do. It never opens more than its person may.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=20, editable=False)
    digest = models.BinaryField(editable=False)
    scopes = ArrayField(models.CharField(max_length=10, choices=TokenScope))
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["digest"], name="api_token_digest_is_unique"),
            models.CheckConstraint(condition=Q(name__regex=r"\S"), name="api_token_name_is_not_blank"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=sorted(TokenScope.values), scopes__len__gte=1), name="api_token_scopes_are_known"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_token_expires_after_it_was_made"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_usable(self) -> bool:
        """Whether it opens the API at this moment."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class IdempotencyKey(Row):
    """The answer to a write that a client may send again: written in the transaction of that write, so both stand or neither.

    `request` is the SHA-256 of method, path and body; `status` is null while the first request is still at work.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=False, related_name="+")
    key = models.CharField(max_length=200)
    request = models.BinaryField()
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")

    class Meta:
        verbose_name = "idempotency key"
        constraints = (
            models.UniqueConstraint(fields=["person", "key"], name="idempotency_key_is_once_per_person"),
            models.CheckConstraint(condition=Q(status__isnull=True) | Q(status__gte=200, status__lte=299), name="idempotency_key_keeps_successes"),
        )
        indexes = (models.Index(fields=["created_at"], name="idempotency_key_by_age"),)

    def __str__(self) -> str:
        return self.key
