import type { Agent, AgentOptions } from './agent-types.js';
import { machineClock } from './clock.js';
import { readEnvironment } from './env.js';
import { wireAgent } from './wire-agent.js';

/**
 * An agent that tells the daemon how it is, serves capabilities over HTTP, and stops gracefully. Without a daemon it is
 * the same agent: nothing is told, nothing fails.
 *
 * @param options Each may be left out: name, port and the daemon's address are in the environment the daemon gives.
 */
export function createAgent(options: AgentOptions = {}): Agent {
  return wireAgent(options, { clock: machineClock(), environment: readEnvironment(), host: process });
}
