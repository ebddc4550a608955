"""Every address of the web process."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from archival.api.views import daily_archival
from config.front import front
from config.health import healthz, readyz
from monitoring.api.performance import metrics

handler500 = "config.front.failed"

urlpatterns = [
    path("", front, name="front"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", include("archival.api.urls")),
    path("api/v1/", include("monitoring.api.urls")),
    path("api/v1/", include("quotas.api.urls")),
    path("api/", include("monitoring.api.performance_urls")),
    path("api/", include("ontology.api.urls")),
    path("cron/daily-archival", daily_archival, name="cron-daily-archival"),
    path("account/", include("ontology.account.urls")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account:password_change")),
    path("admin/second-factor/", include("ontology.admin.second_factor_urls")),
    path("admin/", admin.site.urls),
]
