"""What the author of an agent imports; standard library only."""

from .agent import Agent
from .calls import Call
from .spending import Spend, SpendingRefused

__all__ = ["Agent", "Call", "Spend", "SpendingRefused"]
