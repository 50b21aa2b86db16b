// node spare-agent.mjs: a Node agent as people write it; its answer says who answers.
import { createAgent } from '../../packages/agent/dist/index.js';

const agent = createAgent();
agent.serve('bench.who', () => ({ pid: process.pid }));
await agent.start();
