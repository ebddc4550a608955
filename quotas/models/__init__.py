"""Plans and limits, and what groups use."""

from quotas.models.plan import Override, Plan, PlanLimit, Subscription
from quotas.models.usage import CallSlot, CallWindow, Crossing, Delta, Drift, Record, Usage

__all__ = ["CallSlot", "CallWindow", "Crossing", "Delta", "Drift", "Override", "Plan", "PlanLimit", "Record", "Subscription", "Usage"]
