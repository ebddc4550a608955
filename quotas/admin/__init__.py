"""The admin of quotas: bars on a group's page, plans, prices, overrides, the change of a plan."""

from quotas.admin import groups, overrides, plans

__all__ = ["groups", "overrides", "plans"]
