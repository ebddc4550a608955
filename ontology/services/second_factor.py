"""The second factor of people: a code of an app (TOTP), and recovery codes for the day the phone is lost."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from ontology.errors import DomainError
from ontology.models import Person
from ontology.services.actor import Actor
from ontology.services.platform_record import platform_event

RECOVERY_CODES = 10
APP, CODES = "Authenticator app", "Recovery codes"


class CodeRefused(DomainError):
    """A code that is not the one of this moment, or that came too soon after wrong ones."""

    code = "code_refused"


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What a person has: since when, when last used, how many recovery codes are left."""

    since: datetime | None
    used_at: datetime | None
    codes_left: int

    @property
    def is_on(self) -> bool:
        """Whether there is one."""
        return self.since is not None


def second_factor_of(person: Person) -> SecondFactor:
    """The state of a person's second factor; two queries."""
    app = TOTPDevice.objects.filter(user=person, confirmed=True).order_by("id").first()
    left = StaticToken.objects.filter(device__user=person, device__confirmed=True).count()
    return SecondFactor(app.created_at, app.last_used_at, left) if app else SecondFactor(None, None, left)


def second_factor_begin(person: Person) -> TOTPDevice:
    """The app's secret to be confirmed, the same one until it is. Raises CodeRefused where one is in use already."""
    with transaction.atomic():
        Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        if TOTPDevice.objects.filter(user=person, confirmed=True).exists():
            raise CodeRefused("A second factor is in use already; remove that one first.")
        device: TOTPDevice | None = TOTPDevice.objects.filter(user=person, confirmed=False).order_by("id").first()
        return device or TOTPDevice.objects.create(user=person, name=APP, confirmed=False)


def secret_text(device: TOTPDevice) -> str:
    """The secret as people type it into an app: groups of four letters."""
    letters = b32encode(device.bin_key).decode()
    return " ".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def second_factor_confirm(person: Person, code: str, *, actor: Actor) -> tuple[TOTPDevice, list[str]]:
    """Switches the second factor on by its first code; the device, and the recovery codes to be shown once. Event `two_factor_enabled`.

    Raises CodeRefused.
    """
    device = second_factor_begin(person)
    _verify(device, code)
    with transaction.atomic():
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        platform_event("two_factor_enabled", actor=actor, metadata={"userId": str(person.pk), "email": person.email})
        return device, _codes_make(person)


def second_factor_verify(person: Person, code: str) -> Device:
    """The device that CODE proves: the app's six digits, or a recovery code, which then is used up. Raises CodeRefused."""
    given = code.replace(" ", "").replace("-", "").lower()
    kind = TOTPDevice if given.isdigit() and len(given) == 6 else StaticDevice
    device: Device | None = kind.objects.filter(user=person, confirmed=True).order_by("id").first()
    if device is None:
        raise CodeRefused("This code is wrong. Enter the six digits that the app shows now, or one of your recovery codes.")
    _verify(device, given)
    return device


def recovery_codes_renew(person: Person, *, actor: Actor) -> list[str]:
    """New recovery codes, to be shown once; the old ones open nothing any more. With an event."""
    with transaction.atomic():
        platform_event("settings_updated", actor=actor, metadata={"change": "recovery_codes_renewed", "userId": str(person.pk)})
        return _codes_make(person)


def second_factor_remove(person: Person, *, actor: Actor) -> bool:
    """Takes the second factor away, so that staff enrol anew at the next page; whether there was one. Event `two_factor_disabled`."""
    with transaction.atomic():
        Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        was_on = TOTPDevice.objects.filter(user=person, confirmed=True).exists()
        TOTPDevice.objects.filter(user=person).delete()
        StaticDevice.objects.filter(user=person).delete()
        if was_on:
            platform_event("two_factor_disabled", actor=actor, metadata={"userId": str(person.pk), "email": person.email})
    return bool(was_on)


def _codes_make(person: Person) -> list[str]:
    StaticDevice.objects.filter(user=person).delete()
    device = StaticDevice.objects.create(user=person, name=CODES)
    codes = [StaticToken.random_token() + StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return [f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}" for code in codes]


def _verify(device: Device, code: str) -> None:
    """Tries the code, one at a time for a device; wrong ones are counted by the device, which then asks for patience. Raises CodeRefused."""
    with transaction.atomic():
        locked = type(device).objects.select_for_update().get(pk=device.pk)
        is_allowed, why = locked.verify_is_allowed()
        is_right = bool(is_allowed and locked.verify_token(code))
    if not is_allowed:
        tries = why["failure_count"]
        wait = f"{tries} wrong {'code' if tries == 1 else 'codes'} so far. Wait until {why['locked_until']:%H:%M:%S} UTC, then try again."
        raise CodeRefused(wait)
    if not is_right:
        raise CodeRefused("This code is wrong. Enter the six digits that the app shows now, or one of your recovery codes.")
    device.refresh_from_db()
