// Any member of the group: it writes down when it starts and ends, and fails at once while the file NAME.broken is there.
import { appendFileSync, existsSync } from 'node:fs';
import { createAgent } from '@dreamnet/agent';

const agent = createAgent({ heartbeatMs: 200 });
const note = (what) => appendFileSync('notes', `${agent.name} ${what}\n`);
note('starts');
if (existsSync(`${agent.name}.broken`)) process.exit(1);
agent.onStop(() => note('ends'));
await agent.start();
setInterval(() => agent.progress(), 1000); // its work
