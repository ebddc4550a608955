"""The rows of monitoring: alerts, who is told of them, and what was delivered."""

from monitoring.models.alert import Alert
from monitoring.models.channel import Channel, PersonHours
from monitoring.models.delivery import Attempt, Delivery

__all__ = ["Alert", "Attempt", "Channel", "Delivery", "PersonHours"]
