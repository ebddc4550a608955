"""Addresses of the second factor's pages."""

from django.urls import path

from ontology.admin import second_factor

app_name = "second-factor"
urlpatterns = [
    path("", second_factor.verify, name="verify"),
    path("enrol/", second_factor.enrol, name="enrol"),
    path("own/", second_factor.manage, name="manage"),
    path("own/codes/", second_factor.codes_renew, name="codes_renew"),
    path("own/remove/", second_factor.remove, name="remove"),
]
