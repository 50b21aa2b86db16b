# python3 spare_agent.py: the same in Python; PYTHONPATH leads to the library.
import os

from dreamnet_agent import Agent

agent = Agent()
agent.serve("bench.who")(lambda given, call: {"pid": os.getpid()})
agent.run()
