// Works as long as it is told, on the port it is given, and says which process it was.
import { setTimeout as sleep } from 'node:timers/promises';
import { createAgent } from '@dreamnet/agent';

const agent = createAgent({ heartbeatMs: 500 });
agent.serve('work.do', async ({ ms = 0 }) => {
  await sleep(ms);
  return { pid: process.pid };
});
await agent.start();
