"""What the author of an agent imports; standard library only."""

from .agent import Agent
from .calls import Call

__all__ = ["Agent", "Call"]
