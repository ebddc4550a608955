"""What a session carries beside its person: when it began, when it was last seen and confirmed; and who still lacks the second factor."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from ontology.models import Person
from ontology.replica import primary_is_away

BEGAN, SEEN, CONFIRMED = "began_at", "seen_at", "confirmed_at"
"""Keys of a session: moments in whole seconds since 1970."""
GUARDED = {"admin", "account"}
OPEN_PAGES = {"login", "logout", "jsi18n", "sign_in", "sign_out", "password_reset", "password_reset_set", "invitation"}
"""Pages of those namespaces that need no second factor: ways in and out, and the admin's words for scripts."""

type View = Callable[[HttpRequest], HttpResponse]


def second_factor_missing(request: HttpRequest) -> bool:
    """Whether the session's person holds rights on the platform and has not proved the second factor in it. For every door that takes sessions."""
    person = request.user
    if not settings.SECOND_FACTOR_REQUIRED or not isinstance(person, Person) or not person.holds_platform_rights:
        return False
    is_verified: Callable[[], bool] | None = getattr(person, "is_verified", None)
    return is_verified is None or not is_verified()


def session_begin(request: HttpRequest) -> None:
    """Marks the session as signed in and confirmed at this moment: for where a password was proved or chosen just now, and nowhere else."""
    now = int(time.time())
    request.session.update({BEGAN: now, SEEN: now, CONFIRMED: now})


@receiver(user_logged_in, dispatch_uid="ontology.sessions.signed_in_now")
def signed_in_now(request: HttpRequest, **_: object) -> None:
    """Begins the session at every sign-in, through whatever door; a session that merely takes another key goes on as it was."""
    session_begin(request)


def session_is_over(request: HttpRequest) -> bool:
    """Whether the session has lasted too long, or rested too long."""
    now = int(time.time())
    began, seen = request.session.get(BEGAN, now), request.session.get(SEEN, now)
    return bool(now - began >= settings.SESSION_COOKIE_AGE_SECONDS or now - seen >= settings.SESSION_IDLE_SECONDS)


def confirm(request: HttpRequest) -> None:
    """Marks that the password was given again at this moment."""
    request.session[CONFIRMED] = int(time.time())


def confirmed_recently(request: HttpRequest) -> bool:
    """Whether the password was given within the last CONFIRMATION_SECONDS."""
    confirmed: int = request.session.get(CONFIRMED, 0)
    return int(time.time()) - confirmed < settings.CONFIRMATION_SECONDS


class SessionLife:
    """Ends sessions that last or rest too long. Writes the session when it begins, and at most once a minute to remember that it was seen."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer; for a session that is over, that of somebody who is not signed in."""
        if request.user.is_authenticated and session_is_over(request):
            logout(request)
            messages.info(request, "Your session has ended. Sign in again to go on.")
        response = self.get_response(request)
        if request.user.is_authenticated and not primary_is_away():
            self._remember(request)
        return response

    def _remember(self, request: HttpRequest) -> None:
        """That the session was seen. One without a beginning begins now, and counts as never confirmed."""
        now = int(time.time())
        if BEGAN not in request.session:
            request.session.update({BEGAN: now, SEEN: now})
        elif now - request.session.get(SEEN, 0) >= settings.SESSION_SEEN_STEP_SECONDS:
            request.session[SEEN] = now


class SecondFactorGuard:
    """Sends who holds rights on the platform, without a proved second factor, to its pages, whatever page of the admin or of their account they ask for."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of what comes after."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        """A way to the second factor instead of the page; None lets the page answer."""
        match = request.resolver_match
        if match is None or not GUARDED & set(match.namespaces) or match.url_name in OPEN_PAGES or not second_factor_missing(request):
            return None
        return HttpResponseRedirect(f"{reverse('second-factor:verify')}?{urlencode({'next': request.get_full_path()})}")


def signed_in(request: HttpRequest) -> Person:
    """The person of a request that only signed-in people can make."""
    person = request.user
    assert isinstance(person, Person)
    return person
