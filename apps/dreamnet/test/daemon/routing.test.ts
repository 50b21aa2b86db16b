import { createAgentBgp } from '@dreamnet/spine';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { AgentFleet } from '../../src/daemon/agent-fleet.js';
import type { DaemonParts } from '../../src/daemon/parts.js';
import { createRouting } from '../../src/daemon/routing.js';

/** Nobody was called. */
const nothingCarried = { onChange: () => undefined, isDoubted: () => false };

/** An agent whose readiness axis says `ready`. @returns the names that the supervisor was told to be ready. */
function becomeReady(protocol: string): string[] {
  const told: string[] = [];
  const parts = {
    bgp: { routesOf: () => [], announce: () => undefined, confine: () => undefined },
    core: { health: () => ({ axes: { readiness: { state: 'ready', reason: '' } } }) },
    supervisor: { markReady: (name: string) => told.push(name) },
    budgets: { frozen: () => undefined },
    carried: nothingCarried,
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

/** One agent `c` over a real route table; the test sets what the file says and how it is. */
function setUp() {
  const clock = createFakeClock();
  const bgp = createAgentBgp({ clock });
  const entry = { protocol: 'http', capabilities: ['work', 'work.do'], preference: 100, cost: 0 };
  const agent = { name: 'c', agent: 'c', entry };
  const state = {
    ...{ status: 'ok', readiness: 'ready', reason: 'so' },
    /** Who froze its spending, and who stopped it. */
    ...{ frozenBy: '', stoppedBy: '' },
  };
  const troubles: string[] = [];
  const parts = {
    bgp,
    clock,
    core: {
      health: () => ({
        status: state.status,
        axes: { readiness: { state: state.readiness, reason: state.reason } },
      }),
    },
    supervisor: { markReady: () => undefined },
    budgets: { frozen: () => (state.frozenBy === '' ? undefined : { by: state.frozenBy, reason: 'x' }) },
    carried: nothingCarried,
    onTrouble: (text: string) => troubles.push(text),
  } as unknown as DaemonParts;
  const fleet = {
    find: (name: string) => (name === 'c' ? agent : undefined),
    isLeaving: () => false,
    stops: {
      book: { get: () => (state.stoppedBy === '' ? undefined : { by: state.stoppedBy, freeze: null }) },
    },
  } as unknown as AgentFleet;
  const routing = createRouting(parts, fleet);
  const change = (more: Partial<typeof entry>) => {
    agent.entry = { ...agent.entry, ...more };
    routing.expect(agent as unknown as Parameters<typeof routing.expect>[0]);
  };
  return { clock, bgp, routing, state, change, troubles };
}

test('routing: who has a capability no more is withdrawn from it, and that is the reason that is told', () => {
  const { bgp, routing, change } = setUp();
  routing.onHealthChange('c');
  bgp.withdraw('c', 'all', 'its process ended');
  change({ capabilities: ['work.do', 'extra.thing'] });
  routing.onHealthChange('c');
  expect(bgp.decide('work').withdrawn).toMatchObject([{ because: 'it has this capability no more' }]);
  expect(bgp.decide('work.do')).toMatchObject({ chosen: { provider: 'c' }, withdrawn: [] });
});

test('routing: a preference or cost that is changed while the process goes on counts at once, and the route is as old as before', async () => {
  const { clock, bgp, routing, change, state } = setUp();
  routing.onHealthChange('c');
  const [before] = bgp.routes();
  await clock.advance(1000);
  // It was watched anew, and has not been asked yet.
  state.readiness = 'unknown';
  change({ preference: 300, cost: 2 });
  expect(bgp.decide('work').candidates).toEqual([{ ...before, localPreference: 300, cost: 2 }]);
  state.readiness = 'not_ready';
  routing.onHealthChange('c');
  change({ preference: 50 });
  expect(bgp.routes()).toEqual([]);
});

test('routing: who is under a warning is degraded and comes after who is ready, however preferred, until it is over', () => {
  const { bgp, routing, state } = setUp();
  routing.onHealthChange('c');
  const [route] = bgp.routes();
  if (route) bgp.announce({ ...route, provider: 'b', localPreference: 1 });
  expect(bgp.decide('work').chosen).toMatchObject({ provider: 'c', health: 'ready' });
  state.status = 'warn';
  routing.onHealthChange('c');
  expect(bgp.decide('work')).toMatchObject({ chosen: { provider: 'b' }, decidedBy: 'health' });
  state.status = 'ok';
  routing.onHealthChange('c');
  expect(bgp.decide('work').chosen).toMatchObject({ provider: 'c', health: 'ready' });
});

test('routing: what the route table refuses is told, whoever let it pass', () => {
  const { bgp, routing, change, troubles } = setUp();
  change({ capabilities: ['work', `a${'.a'.repeat(16)}`] });
  routing.onHealthChange('c');
  expect(bgp.routes()).toHaveLength(1);
  expect(troubles).toMatchObject([expect.stringContaining('is not a dotted capability name')]);
});

const FROZEN = 'its spending is frozen by admin: x';

test('routing: of who is frozen when a daemon begins that is the reason, however well it answers', () => {
  const { bgp, routing, state, change } = setUp();
  const because = () => bgp.decide('work').withdrawn.map((one) => one.because);
  Object.assign(state, { reason: 'answered 200', frozenBy: 'admin' });
  change({});
  expect(because()).toEqual([FROZEN]);
  routing.onHealthChange('c');
  expect(because()).toEqual([FROZEN]);
  state.frozenBy = '';
  routing.onHealthChange('c');
  expect(bgp.decide('work')).toMatchObject({ chosen: { provider: 'c' }, withdrawn: [] });
});

test('routing: a freeze is the first reason also of who was lost before it, and none any more once it is over', () => {
  const { bgp, routing, state } = setUp();
  const because = () => bgp.decide('work').withdrawn.map((one) => one.because);
  routing.onHealthChange('c');
  Object.assign(state, { readiness: 'not_ready', reason: 'no answer' });
  routing.onHealthChange('c');
  expect(because()).toEqual(['no answer']);
  state.frozenBy = 'admin';
  expect(because()).toEqual([FROZEN]);
  state.stoppedBy = 'eve';
  expect(because()).toEqual([`${FROZEN}; stopped by eve; 'dreamnet start c' starts it`]);
  Object.assign(state, { frozenBy: '', stoppedBy: '' });
  expect(because()).toEqual(['no answer']);
});

test('routing: who was lost while it was frozen is told with how it is, once the freeze is over', () => {
  const { bgp, routing, state } = setUp();
  const because = () => bgp.decide('work').withdrawn.map((one) => one.because);
  routing.onHealthChange('c');
  state.frozenBy = 'admin';
  routing.onHealthChange('c');
  expect(because()).toEqual([FROZEN]);
  Object.assign(state, { frozenBy: '', readiness: 'not_ready', reason: 'no answer' });
  routing.onHealthChange('c');
  expect(because()).toEqual(['no answer']);
});
