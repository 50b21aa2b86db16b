import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';

const LIBRARY = new URL('../../../../packages/agent/dist/index.js', import.meta.url).href;
const PYTHON = fileURLToPath(new URL('../../../../python', import.meta.url));

/** Ten minutes between heartbeats: whatever is known sooner was told because of what happened. */
const IN_NODE = `
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { createAgent } from '${LIBRARY}';
const agent = createAgent({ heartbeatMs: 600_000 });
await agent.start();
setInterval(() => undefined, 1000);
await agent.tool({ name: 'long' }, async () => {
  while (!existsSync('done')) await setTimeout(20);
});
`;
const IN_PYTHON = `
import os, sys, threading, time
sys.path.insert(0, ${JSON.stringify(PYTHON)})
from dreamnet_agent import Agent
agent = Agent(heartbeat_s=600)
def work():
    with agent.tool("long"):
        while not os.path.exists("done"):
            time.sleep(0.02)
threading.Thread(target=work, daemon=True).start()
agent.run()
`;
const COMMANDS = {
  node: [process.execPath, '--input-type=module', '-e', IN_NODE],
  python: ['python3', '-c', IN_PYTHON],
};

for (const [language, command] of Object.entries(COMMANDS))
  test(`draining: who is to end and works on something ends when that is over, not at its next heartbeat (${language})`, async () => {
    const own = await startDaemon({
      agents: {
        worker: { runtime: 'custom', command, protocol: 'heartbeat', replicas: 2, cwd: '.' },
      },
    });
    await own.until('both to tell of their work', async () => {
      const { agents } = await own.client().get<{ agents: PsEntry[] }>('/api/ps');
      const working = agents.filter(({ health }) => health?.progress.reason.includes('tool call long'));
      return working.length === 2;
    });
    expect(own.cli('scale', 'worker', '1').status).toBe(0);
    // Real time: one that does not wait for work would be gone by then.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(own.processes().size).toBe(2);
    writeFileSync(join(own.folder, 'done'), '');
    await own.until('the one that leaves to be gone', () => own.processes().size === 1);
  });
