import type { Subsystem } from '@dreamnet/contracts';
import { createFakeClock, type FakeClock } from '@dreamnet/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDreamNetOSCore, type DreamNetOSCoreFacade } from '../../src/index.js';
import { Agent } from './fleet.js';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const RULES = [10, 20].map((threshold) => ({
  name: `queue-over-${threshold}`,
  trigger: { on: 'metric', metric: 'queue', when: { operator: '>', threshold } } as const,
  severity: 'warning' as const,
}));
/** What a subsystem's restart does. */
const RESTARTS: Readonly<Record<string, (agent: Agent) => void>> = {
  helps: (agent) => agent.bringUp(),
  'does nothing': () => undefined,
  fails: () => {
    throw new TypeError('no restart today');
  },
};

interface Scene {
  clock: FakeClock;
  core: DreamNetOSCoreFacade;
  agents: Map<string, Agent>;
}

const DEEDS: Readonly<Record<string, (scene: Scene, agent: Agent) => unknown>> = {
  'stops answering': (_scene, agent) => {
    agent.isAnswering = false;
  },
  'answers again': (_scene, agent) => {
    agent.isAnswering = true;
  },
  'its queue grows': ({ core }, { name }) => core.measure(name, { queue: 15 }),
  'its queue grows on': ({ core }, { name }) => core.measure(name, { queue: 25 }),
  dies: ({ core, clock }, agent) => core.signal(agent.exit(clock)),
  'dies for good': ({ core, clock }, agent) =>
    core.signal(agent.exit(clock, { by: 'nobody', because: 'too many restarts' })),
  'is watched no more': ({ core, agents }, { name }) => {
    agents.delete(name);
    core.unwatch(name);
  },
  'its alert is resolved': ({ core }, { name }) => {
    const alert = core.getActiveAlerts().find(({ subsystem }) => subsystem === name);
    if (alert) core.resolveAlert(alert.id, 'somebody');
  },
  'a moment passes': ({ clock }) => clock.advance(700),
  'seconds pass': ({ clock }) => clock.advance(6_000),
  'a minute passes': ({ clock }) => clock.advance(60_000),
};

const scenes = fc.record({
  needs: fc.array(fc.subarray([...NAMES]), { minLength: NAMES.length, maxLength: NAMES.length }),
  restarts: fc.array(fc.constantFrom(...Object.keys(RESTARTS)), { minLength: 4, maxLength: 4 }),
  deeds: fc.array(fc.tuple(fc.constantFrom(...Object.keys(DEEDS)), fc.constantFrom(...NAMES)), {
    maxLength: 30,
  }),
});

test('any order: every open alert of who is watched is in one open incident, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async ({ needs, restarts, deeds }) => {
      const clock = createFakeClock();
      const core = createDreamNetOSCore({
        clock,
        random: () => 0.5,
        rules: RULES,
        policy: { graceMs: 3_000 },
      });
      await core.start();
      const agents = new Map(
        NAMES.map((name, at) => {
          const agent = new Agent(name, { dependsOn: needs[at] ?? [] });
          agent.onRestart = RESTARTS[restarts[at] ?? 'helps'] ?? (() => undefined);
          return [name as string, agent];
        }),
      );
      for (const [name, agent] of agents) core.watch(name, agent as Subsystem);
      await clock.advance(1_000);
      for (const [deed, name] of deeds) {
        const agent = agents.get(name);
        if (agent) await DEEDS[deed]?.({ clock, core, agents }, agent);
      }
      await clock.advance(60_000);
      const open = core.incidents().filter(({ state }) => state === 'open');
      for (const { id, subsystem, state } of core.getActiveAlerts())
        if (state === 'active' && agents.has(subsystem))
          expect(open.filter(({ alertIds }) => alertIds.includes(id))).toHaveLength(1);
      await core.stop();
    }),
    { numRuns: 12 },
  );
});
