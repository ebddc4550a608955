"""What the admin calls things, what it hides from those who may only look, and its pages of errors."""

import pytest
from django.contrib.auth.models import Permission
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from ontology.models import EventType, Person
from tests.factories import make_event, make_group, make_person, make_staff, make_thing, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def viewer(*models: str) -> Person:
    """A person of the staff who may view rows of MODELS of every group, and nothing else."""
    person = make_person(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=["see_every_group", *(f"view_{model}" for model in models)]))
    return person


def test_breadcrumb__names_stand_as_they_are(client: Client) -> None:
    staff_sign_in(client, make_staff())
    thing = make_thing(make_group(), name="v4.7.0-beta1")

    page = client.get(reverse("admin:ontology_thing_change", args=[thing.pk])).content.decode()

    assert "v4.7.0-beta1" in page
    assert "V4.7.0-beta1" not in page


def test_staff_roles__are_not_called_groups(client: Client) -> None:
    staff_sign_in(client, make_staff())

    page = client.get(reverse("admin:auth_group_add")).content.decode()

    assert "Staff roles" in page
    assert "Authentication and Authorization" not in page
    assert ">Things: view</option>" in page


def test_sidebar_and_front_page__show_what_the_person_may_view(client: Client) -> None:
    staff_sign_in(client, viewer("group", "thing"))

    response = client.get(reverse("admin:index"))

    assert [card.label for card in response.context["cards"]] == ["Groups", "Things"]
    assert [table.title for table in response.context["tables"]] == ["Groups"]
    assert reverse("admin:ontology_thing_changelist") in response.content.decode()
    assert reverse("admin:ontology_event_changelist") not in response.content.decode()


def test_group_page__links_nowhere_that_is_refused(client: Client) -> None:
    staff_sign_in(client, viewer("group", "thing"))
    group = make_group()
    make_event(group)

    page = client.get(reverse("admin:ontology_group_change", args=[group.pk])).context["page"]

    assert [figure.label for figure in page.figures if figure.url] == ["Things"]
    assert page.tables[0].more_url == ""


def test_type_page__of_a_viewer_shows_json(client: Client) -> None:
    staff_sign_in(client, viewer("eventtype"))
    row = EventType.objects.get(name="payment_event")

    page = client.get(reverse("admin:ontology_eventtype_change", args=[row.pk])).content.decode()

    assert page.count('class="sextant-json"') == 2


def test_person_page__of_a_viewer_hides_the_password(client: Client) -> None:
    staff_sign_in(client, viewer("person"))

    page = client.get(reverse("admin:ontology_person_change", args=[make_staff().pk])).content.decode()

    assert "pbkdf2" not in page


def test_empty_list__is_told_from_a_search_that_found_nothing(client: Client) -> None:
    staff_sign_in(client, make_staff())
    page = reverse("admin:ontology_knowledge_changelist")

    empty, searched = client.get(page).content.decode(), client.get(page, {"q": "nothing"}).content.decode()

    assert "There is no piece of knowledge yet." in empty
    assert "No piece of knowledge matches the search and the filters." in searched
    assert "0 pieces of knowledge" in empty


def test_errors__have_pages_of_ours(client: Client) -> None:
    staff_sign_in(client, viewer("group"))

    missing = client.get("/admin/nowhere/")
    refused = client.get(reverse("admin:ontology_event_changelist"))

    assert (missing.status_code, refused.status_code) == (404, 403)
    assert "There is no such page" in missing.content.decode()
    assert "You may not do this" in refused.content.decode()


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "404", "500"])
def test_errors__need_nothing_but_their_template(page: str) -> None:
    assert "<h1>" in render_to_string(f"{page}.html")


def test_signing_out__says_so(client: Client) -> None:
    staff_sign_in(client, make_staff())

    assert "You are signed out" in client.post(reverse("admin:logout")).content.decode()
