"""How the admin looks: its name, colours and navigation."""

from collections.abc import Callable

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _script(name: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(f"sextant/{name}.js")


def _style(name: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(f"sextant/{name}.css")


def _page(title: str, icon: str, model: str) -> dict[str, object]:
    app, name = model.split(".")
    link, right = reverse_lazy(f"admin:{app}_{name}_changelist"), f"{app}.view_{name}"
    return {"title": title, "icon": icon, "link": link, "permission": lambda request: request.user.has_perm(right)}


UNFOLD = {
    "SITE_TITLE": "Sextant",
    "SITE_HEADER": "Sextant",
    "SITE_SUBHEADER": "Ontology backend",
    "SITE_ICON": lambda request: static("sextant/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("sextant/mark.svg")}],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": False,
    "DASHBOARD_CALLBACK": "monitoring.admin.front.front_page",
    "STYLES": [_style(name) for name in ("admin", "charts", "metrics", "runs", "quotas", "archive", "quarantine", "alerts", "quality")],
    "SCRIPTS": [_script("keyboard"), _script("names"), _script("sidebar"), _script("graph")],
    "COLORS": {
        "primary": {
            "50": "#effafb",
            "100": "#d7f0f4",
            "200": "#b0e1e9",
            "300": "#7dcbd8",
            "400": "#45adc0",
            "500": "#2f9fb5",
            "600": "#17748a",
            "700": "#155e70",
            "800": "#164d5c",
            "900": "#16414e",
            "950": "#092a35",
        },
    },
    "ACCOUNT": {
        "navigation": [
            {"title": "My account", "link": reverse_lazy("account:home")},
            {"title": "Second factor", "link": reverse_lazy("second-factor:manage")},
        ],
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {"items": [{"title": "Overview", "icon": "explore", "link": reverse_lazy("admin:index")}]},
            {
                "title": "Dimensions",
                "separator": True,
                "items": [
                    _page("Groups", "apartment", "ontology.group"),
                    _page("People", "person", "ontology.person"),
                    _page("Memberships", "group", "ontology.membership"),
                    _page("API tokens", "key", "ontology.apitoken"),
                    _page("Things", "category", "ontology.thing"),
                    _page("Connections", "share", "ontology.connection"),
                    _page("Events", "bolt", "ontology.event"),
                    _page("Knowledge", "school", "ontology.knowledge"),
                    _page("Custom metrics", "monitoring", "ontology.custommetric"),
                    _page("Knowledge links", "link", "ontology.thingknowledge"),
                ],
            },
            {
                "title": "Catalogue",
                "separator": True,
                "items": [
                    _page("Thing types", "label", "ontology.thingtype"),
                    _page("Connection types", "conversion_path", "ontology.connectiontype"),
                    _page("Event types", "event_note", "ontology.eventtype"),
                ],
            },
            {
                "title": "Quotas",
                "separator": True,
                "items": [
                    {
                        "title": "Plans and prices",
                        "icon": "sell",
                        "link": reverse_lazy("admin:quotas_pricing"),
                        "permission": lambda request: request.user.has_perm("quotas.view_plan"),
                    },
                    {
                        **_page("Plans", "workspaces", "quotas.plan"),
                        "active": lambda request: "/quotas/plan/" in request.path and "pricing" not in request.path,
                    },
                    _page("Limits of plans", "speed", "quotas.planlimit"),
                    _page("Overrides", "tune", "quotas.override"),
                ],
            },
            {
                "title": "Data quality",
                "separator": True,
                "items": [
                    {
                        "title": "Is the data whole?",
                        "icon": "health_and_safety",
                        "link": reverse_lazy("admin:monitoring_quality"),
                        "permission": lambda request: request.user.has_perm("monitoring.view_dataqualitysnapshot"),
                    },
                    _page("Findings", "rule", "monitoring.finding"),
                    {
                        **_page("Snapshots", "photo_camera", "monitoring.dataqualitysnapshot"),
                        "active": lambda request: "/monitoring/dataqualitysnapshot/" in request.path and "/quality/" not in request.path,
                    },
                    _page("Weekly reports", "summarize", "monitoring.weeklyreport"),
                    _page("Thresholds", "straighten", "monitoring.qualitythreshold"),
                ],
            },
            {
                "title": "Monitoring",
                "separator": True,
                "items": [
                    {
                        **_page("Alerts", "notifications", "monitoring.alert"),
                        "active": lambda request: "/monitoring/alert/" in request.path and "report" not in request.path,
                    },
                    {
                        "title": "Weekly report",
                        "icon": "summarize",
                        "link": reverse_lazy("admin:monitoring_report"),
                        "permission": lambda request: request.user.has_perm("monitoring.view_alert"),
                    },
                    _page("Messages", "outbox", "monitoring.delivery"),
                    _page("Channels", "campaign", "monitoring.channel"),
                    _page("Quiet hours of people", "bedtime", "monitoring.personhours"),
                ],
            },
            {
                "title": "Operations",
                "separator": True,
                "items": [
                    _page("Runs", "directions_run", "ontology.run"),
                    _page("Change requests", "approval", "monitoring.changerequest"),
                    _page("Reviews", "fact_check", "monitoring.review"),
                    _page("Quarantine", "fence", "ontology.quarantinedrow"),
                    _page("Archive batches", "inventory_2", "archival.archivebatch"),
                    {
                        "title": "Database",
                        "icon": "database",
                        "link": reverse_lazy("admin:monitoring_database"),
                        "permission": lambda request: request.user.has_perm("monitoring.view_databasesample"),
                    },
                    {
                        "title": "Capacity",
                        "icon": "stacked_line_chart",
                        "link": reverse_lazy("admin:monitoring_capacity"),
                        "permission": lambda request: request.user.has_perm("monitoring.view_capacityday"),
                    },
                    _page("Periodic tasks", "schedule", "django_celery_beat.periodictask"),
                    _page("Intervals", "timer", "django_celery_beat.intervalschedule"),
                    _page("Crontabs", "calendar_month", "django_celery_beat.crontabschedule"),
                    _page("Staff roles", "badge", "auth.group"),
                ],
            },
        ],
    },
}
