# A good agent in ten lines: it serves a capability, tells what it does, writes a log, and stops gracefully.
import time

from dreamnet_agent import Agent

agent = Agent(heartbeat_s=0.5)


@agent.serve("text.count")
def count(given, call):
    with agent.tool("read", args=given["text"]):  # stands for a model or a tool
        time.sleep(given.get("takesMs", 0) / 1000)
    words = len(given["text"].split())
    agent.metric("words", words)
    agent.log.info("counted", words=words)
    return {"words": words}


agent.on_stop(lambda: agent.log.info("goodbye"))
agent.run()
