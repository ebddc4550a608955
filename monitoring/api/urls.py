"""The addresses of monitoring outside of groups."""

from django.urls import URLPattern, path

from monitoring.api import performance

platform: list[URLPattern] = [path("admin/performance-metrics", performance.PerformanceMetrics.as_view(), name="performance-metrics")]
"""Routes below /api/ for staff."""

urlpatterns = platform
