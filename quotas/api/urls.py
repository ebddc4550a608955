"""The addresses of quotas below /api/v1/."""

from django.urls import URLPattern, path

from quotas.api import views

_GROUP = "groups/<slug:slug>/quotas/"

v1: list[URLPattern] = [
    path(_GROUP, views.Quotas.as_view(), name="quotas"),
    path(f"{_GROUP}status/", views.QuotaStatus.as_view(), name="quotas-status"),
    path(f"{_GROUP}check/", views.QuotaCheck.as_view(), name="quotas-check"),
    path(f"{_GROUP}check-storage/", views.QuotaCheckStorage.as_view(), name="quotas-check-storage"),
    path(f"{_GROUP}usage/", views.QuotaUsage.as_view(), name="quotas-usage"),
    path(f"{_GROUP}simulation/", views.QuotaSimulation.as_view(), name="quotas-simulation"),
    path("plans/", views.Plans.as_view(), name="plans"),
    path("plans/<slug:name>/upgrades/", views.PlanUpgrades.as_view(), name="plans-upgrades"),
]
"""Every route; each view's `rights` say what its methods need."""

urlpatterns = v1
