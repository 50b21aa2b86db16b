import { expect, test } from 'vitest';
import type { AgentFleet } from '../../src/daemon/agent-fleet.js';
import type { DaemonParts } from '../../src/daemon/parts.js';
import { createRouting } from '../../src/daemon/routing.js';

/** An agent whose readiness axis says `ready`. @returns the names that the supervisor was told to be ready. */
function becomeReady(protocol: string): string[] {
  const told: string[] = [];
  const parts = {
    bgp: { routes: () => [], announce: () => undefined },
    core: { health: () => ({ axes: { readiness: { state: 'ready', reason: '' } } }) },
    supervisor: { markReady: (name: string) => told.push(name) },
    budgets: { frozen: () => undefined },
  } as unknown as DaemonParts;
  const fleet = {
    find: () => ({ entry: { protocol, capabilities: [] } }),
    isLeaving: () => false,
  } as unknown as AgentFleet;
  createRouting(parts, fleet).onHealthChange('a');
  return told;
}

test('routing: an agent that answered is known to serve, so its next restart is at once', () => {
  expect(becomeReady('http')).toEqual(['a']);
});

test('routing: a process without a protocol proves nothing by being there, so a crash loop backs off', () => {
  expect(becomeReady('none')).toEqual([]);
});
