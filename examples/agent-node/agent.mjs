// A good agent in ten lines: it serves a capability, tells what it does, writes a log, and stops gracefully.
import { setTimeout as sleep } from 'node:timers/promises';
import { createAgent } from '@dreamnet/agent';

const agent = createAgent({ heartbeatMs: 500 });
agent.serve('text.count', async ({ text, takesMs = 0 }) => {
  await agent.tool({ name: 'read', args: text }, () => sleep(takesMs)); // stands for a model or a tool
  const words = text.split(/\s+/).filter(Boolean).length;
  agent.metric('words', words);
  agent.log.info('counted', { words });
  return { words };
});
agent.onStop(() => agent.log.info('goodbye'));
await agent.start();
