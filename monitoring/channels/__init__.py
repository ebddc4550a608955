"""How each kind of channel tells a message: what is sent where, and what came back."""

from monitoring.channels.letter import Told
from monitoring.channels.telling import tell

__all__ = ["Told", "tell"]
