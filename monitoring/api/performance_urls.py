"""The address of the database's performance below /api/."""

from django.urls import URLPattern, path

from monitoring.api import performance

platform: list[URLPattern] = [path("admin/performance-metrics", performance.PerformanceMetrics.as_view(), name="performance-metrics")]
"""Routes for staff."""

urlpatterns = platform
