"""Inviting people to a group by e-mail."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from ontology.admin.listing import as_uuid
from ontology.admin.parts import page_url
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import EmailInput, Select
from ontology.choices import MemberRole
from ontology.errors import DomainError, FieldRefused
from ontology.models import Group, Membership
from ontology.services.invitations import Invitation, invitation_send_again, member_invite
from ontology.services.placing import demand_may_place


class InvitationForm(forms.Form):
    """Whom to invite, to what, as what."""

    group = forms.ModelChoiceField(Group.objects.order_by("name"))
    email = forms.EmailField(max_length=254, label="E-mail address", widget=EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=MemberRole.choices, initial=MemberRole.GROUP_USER, widget=Select())


def invitation_page(request: HttpRequest, context: dict[str, Any], group_field: forms.Field | None) -> HttpResponse:
    """A form, with the page's own way to choose a group; then the group's page, with what became of the invitation."""
    group = as_uuid(request.GET.get("group", ""))
    form = InvitationForm(request.POST if request.method == "POST" else None, initial={"group": group})
    form.fields["group"] = group_field or form.fields["group"]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            demand_may_place(staff_actor(request), given["group"])
            invitation = member_invite(
                given["group"], given["email"], given["role"], actor=staff_actor(request), link_base=request.build_absolute_uri("/")
            )
            transaction.on_commit(partial(tell, request, invitation))
            return HttpResponseRedirect(page_url(Group, given["group"].pk))
        except FieldRefused as error:
            form.add_error(error.field if error.field in form.fields else "email", str(error))
        except DomainError as error:
            form.add_error(None, str(error))
    whole = {**context, "title": "Invite by e-mail", "form": form, "list_url": reverse("admin:ontology_membership_changelist")}
    return render(request, "admin/ontology/invite.html", whole)


def invitations_send_again(request: HttpRequest, memberships: QuerySet[Membership]) -> None:
    """Sends the e-mail of each membership once more."""
    for membership in memberships.select_related("group", "person"):
        invitation = invitation_send_again(membership, actor=staff_actor(request), link_base=request.build_absolute_uri("/"))
        transaction.on_commit(partial(tell, request, invitation))


def tell(request: HttpRequest, invitation: Invitation) -> None:
    """Says what became of an invitation; after the commit that sends the e-mail, and before the messages are stored."""
    person, group = invitation.membership.person, invitation.membership.group
    if invitation.problem:
        kept = "The membership stays; choose it in the list of memberships and send the invitation again."
        messages.warning(request, f"{person.email} is a member of {group.name}. {invitation.problem} {kept}")
    else:
        messages.success(request, f"{person.email} is a member of {group.name}, and an e-mail is on its way.")
