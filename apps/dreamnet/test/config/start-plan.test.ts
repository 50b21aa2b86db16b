import { expect, test } from 'vitest';
import { fleetSchema } from '../../src/config/schema.js';
import { startPlan, stopSteps } from '../../src/config/start-plan.js';

interface Agent {
  dependsOn?: string[];
  needs?: string[];
  capabilities?: string[];
}

function plan(agents: Record<string, Agent>, groups: Record<string, string[]> = {}) {
  return startPlan(
    fleetSchema.parse({
      version: 1,
      agents: Object.fromEntries(
        Object.entries(agents).map(([name, agent]) => [
          name,
          { runtime: 'custom', command: ['x'], ...agent },
        ]),
      ),
      groups: Object.fromEntries(Object.entries(groups).map(([name, members]) => [name, { members }])),
    }),
  );
}

const afterOf = (it: ReturnType<typeof plan>, name: string) =>
  (it.after.get(name) ?? []).map(({ anyOf }) => anyOf.join('|'));

test('start order: each comes after what it depends on, however the file lists them', () => {
  expect(plan({ a: { dependsOn: ['b'] }, b: { dependsOn: ['c'] }, c: {} }).order).toEqual(['c', 'b', 'a']);
});

test('start order: a dependency that is not an agent of ours does not hold the order up', () => {
  expect(plan({ a: { dependsOn: ['somewhere-else'] } }).order).toEqual(['a']);
});

test('start order: everybody is named once, even in a circle', () => {
  expect(
    plan({ a: { dependsOn: ['b'] }, b: { dependsOn: ['a'] }, c: {} })
      .order.slice()
      .sort(),
  ).toEqual(['a', 'b', 'c']);
});

test('start order: members of a group come one after the other, a group within it as a whole', () => {
  const it = plan({ z: {}, y: {}, x: {}, w: {} }, { outer: ['z', 'inner', 'w'], inner: ['y', 'x'] });
  expect(it.order).toEqual(['z', 'y', 'x', 'w']);
  expect(['z', 'y', 'x', 'w'].map((name) => afterOf(it, name))).toEqual([[], ['z'], ['y'], ['x']]);
});

test('start order: whoever needs a capability comes after any one of its providers, by the longest prefix', () => {
  const it = plan({
    user: { needs: ['code.generation'] },
    one: { capabilities: ['code'] },
    two: { capabilities: ['code'] },
    other: { capabilities: ['code.review'] },
  });
  expect(afterOf(it, 'user')).toEqual(['one|two']);
  expect(it.order.indexOf('user')).toBe(3);
});

test('start order: a need that would close a circle holds nobody up, nor does one that nobody serves', () => {
  const it = plan({
    a: { needs: ['b.work', 'nobody.does'], capabilities: ['a.work'] },
    b: { needs: ['a.work'], capabilities: ['b.work'] },
  });
  expect([afterOf(it, 'a'), afterOf(it, 'b')]).toEqual([['b'], []]);
  expect(it.order).toEqual(['b', 'a']);
});

test('stop order: dependents before what they depend on, the independent together', () => {
  const it = plan({
    db: {},
    a: { dependsOn: ['db'] },
    b: { dependsOn: ['db'] },
    ui: { dependsOn: ['a', 'b'] },
  });
  expect(stopSteps(it)).toEqual([['ui'], ['a', 'b'], ['db']]);
});

test('start order: a chain of thousands is planned', () => {
  const names = Array.from({ length: 3000 }, (_, at) => `n${at}`);
  const it = plan(Object.fromEntries(names.map((name) => [name, {}])), { all: names.slice().reverse() });
  expect(it.order[0]).toBe('n2999');
  expect(stopSteps(it)).toHaveLength(3000);
});
