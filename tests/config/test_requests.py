"""Ids of requests, policies of pages, and secrets that stay out of logs and reports."""

import logging
import re
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.views.debug import ExceptionReporter, get_exception_reporter_filter

from config.requests import RequestIdFilter, RequestIds
from tests.factories import PASSWORD, code_of, make_person, make_second_factor, make_staff, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("something broke")


urlpatterns = [path("fails/", fails)]


def test_request__gets_an_id_in_its_answer(client: Client) -> None:
    first, second = client.get("/healthz")["X-Request-Id"], client.get("/healthz")["X-Request-Id"]

    assert UUID7.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("given", ["a", "abc-123_X.y", "x" * 100])
def test_request__keeps_the_clients_id(client: Client, given: str) -> None:
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 101, "a b", "ä", "a\nb", "<script>"])
def test_request__takes_no_odd_id(client: Client, given: str) -> None:
    assert UUID7.fullmatch(client.get("/healthz", headers={"x-request-id": given})["X-Request-Id"])


def test_log_lines__bear_the_id_of_their_request() -> None:
    record = logging.makeLogRecord({"msg": "hello"})
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        RequestIdFilter().filter(record)
        seen.append(record.request_id)
        return HttpResponse()

    RequestIds(view)(RequestFactory().get("/", HTTP_X_REQUEST_ID="mine"))
    RequestIdFilter().filter(record)

    assert (seen, record.request_id) == (["mine"], "-")


def policy(response: Any) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))}


def test_policy__is_strict_and_wider_in_the_admin_alone(client: Client) -> None:
    strict, missing = policy(client.get("/account/sign-in/")), policy(client.get("/nowhere/"))
    login = policy(client.get("/admin/login/"))
    staff_sign_in(client, make_staff())
    admin, factor = policy(client.get("/admin/")), policy(client.get("/admin/second-factor/own/"))

    assert strict == missing
    assert (strict["default-src"], strict["script-src"], strict["style-src"]) == ("'self'", "'self'", "'self'")
    assert (strict["frame-ancestors"], strict["object-src"], strict["form-action"]) == ("'none'", "'none'", "'self'")
    assert admin == login == factor
    assert (admin["script-src"], admin["style-src"]) == ("'self' 'unsafe-eval'", "'self' 'unsafe-inline'")


def test_front__leads_staff_to_the_admin_and_members_to_their_account(client: Client) -> None:
    anonymous = client.get("/")["Location"]
    client.force_login(make_person())
    member = client.get("/")["Location"]
    client.force_login(make_staff())

    assert (anonymous, member, client.get("/")["Location"]) == ("/admin/", "/account/", "/admin/")


def test_headers__say_what_browsers_may_do(client: Client) -> None:
    response = client.get("/account/sign-in/")

    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Permissions-Policy"].startswith("camera=()")


def test_report_of_an_error__holds_no_secret() -> None:
    secrets = {"password": "hunter2-a", "code": "hunter2-b", "confirming_password": "hunter2-c", "name": "kept"}
    request = RequestFactory().post("/", secrets, HTTP_AUTHORIZATION="Bearer hunter2-d", HTTP_COOKIE="sessionid=hunter2-e")
    try:
        raise RuntimeError("something broke")
    except RuntimeError as error:
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)

    told = str(get_exception_reporter_filter(request).get_post_parameters(request)) + reporter.get_traceback_text()

    assert "kept" in told
    assert "hunter2" not in told


@pytest.mark.urls("tests.config.test_requests")
def test_log_of_an_error__holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(raise_request_exception=False)

    client.post("/fails/?q=1", {"password": "hunter2"}, headers={"authorization": "Bearer hunter2"})

    assert "something broke" in caplog.text
    assert "hunter2" not in caplog.text


def test_log_of_signing_in__holds_no_secret(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    person = make_staff()
    device = make_second_factor(person)
    code = code_of(device)

    client.post("/admin/login/", {"username": person.email, "password": "wrong and secret"})
    client.post("/admin/login/", {"username": person.email, "password": PASSWORD})
    client.post("/admin/second-factor/", {"code": code})
    page = client.post("/admin/ontology/apitoken/add/", {"person": person.pk, "name": "script", "scopes": ["read"], "group": "", "days": "30"})

    (token,) = set(re.findall(r"sxt_\w{46}", page.content.decode()))
    assert caplog.text
    for secret in ("wrong and secret", PASSWORD, code, token, device.key):
        assert secret not in caplog.text
