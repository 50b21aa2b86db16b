import type { Route } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRoutes } from '../../src/agent-bgp/best-path.js';
import { createAgentBgp, type RouteTableOptions, STRATEGIES } from '../../src/index.js';

const routeOf = (provider: string, more: Partial<Route> = {}): Route => ({
  capability: 'code.generation',
  provider,
  path: [],
  localPreference: 100,
  cost: 1,
  health: 'ready',
  announcedAt: 1000,
  ...more,
});

function setUp(options: Partial<RouteTableOptions> = {}) {
  const clock = createFakeClock();
  const events: string[] = [];
  const table = createAgentBgp({
    clock,
    publish: (type, subject) => events.push(`${type} ${subject}`),
    ...options,
  });
  return { clock, table, events };
}

test('match: a capability is served by the longest announced prefix', () => {
  const { table } = setUp();
  table.announce(routeOf('general', { capability: 'code' }));
  table.announce(routeOf('generator'));
  table.announce(routeOf('snake', { capability: 'code.generation.python' }));
  const chosen = (capability: string) => table.decide(capability).chosen?.provider ?? null;
  expect(chosen('code.generation.python')).toBe('snake');
  expect(chosen('code.generation.python.async')).toBe('snake');
  expect(['code.review', 'codex'].map(table.isServed)).toEqual([true, false]);
  expect(chosen('code.generation.rust')).toBe('generator');
  expect(chosen('code.review')).toBe('general');
  expect(chosen('codex')).toBe(null);
  expect(table.decide('code.generation.rust')).toMatchObject({
    matched: 'code.generation',
    decidedBy: 'only candidate',
  });
});

test('match: a withdrawn prefix falls back to the shorter one and is explained', () => {
  const { table, clock } = setUp();
  table.announce(routeOf('general', { capability: 'code' }));
  table.announce(routeOf('generator'));
  table.withdraw('generator', 'code.generation', 'not ready');
  expect(table.decide('code.generation')).toMatchObject({
    matched: 'code',
    chosen: { provider: 'general' },
    withdrawn: [{ provider: 'generator', because: 'not ready', since: clock.now() }],
  });
  table.announce(routeOf('generator'));
  expect(table.decide('code.generation')).toMatchObject({ matched: 'code.generation', withdrawn: [] });
});

test('expect: who will serve and never has is named by a decision, with the reason of now and since when', async () => {
  const { table, clock, events } = setUp();
  const since = clock.now();
  let why: string | undefined = 'starting';
  table.expect('generator', 'code.generation', () => why);
  table.expect('generator', 'no *', () => 'not a capability');
  await clock.advance(1000);
  why = 'it refuses connections';
  expect(table.decide('code.generation.rust')).toMatchObject({
    chosen: null,
    withdrawn: [{ provider: 'generator', because: why, since }],
  });
  why = undefined;
  expect(table.decide('code.generation.rust').withdrawn).toEqual([]);
  expect(events).toEqual([]);
  table.announce(routeOf('generator'));
  table.expect('generator', 'code.generation', () => 'it serves');
  expect(table.decide('code.generation').withdrawn).toEqual([]);
  table.withdraw('generator', 'all', 'not ready');
  table.expect('generator', 'code.generation', () => 'it was said already why not');
  expect(table.decide('code.generation').withdrawn).toMatchObject([{ because: 'not ready' }]);
});

test('match: agrees with a scan of all prefixes', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 })
    .map((tokens) => tokens.join('.'));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 8 }), name, (announced, wanted) => {
      const { table } = setUp();
      for (const capability of announced) table.announce(routeOf('p', { capability }));
      const longest = announced
        .filter((prefix) => `${wanted}.`.startsWith(`${prefix}.`))
        .sort((left, right) => right.length - left.length)[0];
      expect(table.decide(wanted).matched).toBe(longest ?? null);
    }),
  );
});

test('decision: each rule decides when all before it tie, and is named', () => {
  const worse: [string, Partial<Route>][] = [
    ['health', { health: 'degraded', localPreference: 900 }],
    ['local preference', { localPreference: 50, path: [] }],
    ['path length', { path: ['x'], cost: 0 }],
    ['cost', { cost: 2, announcedAt: 1 }],
    ['age', { announcedAt: 2000 }],
  ];
  for (const [reason, change] of worse) {
    const { table } = setUp();
    // The worse one has the smaller id, so that the last rule would choose it.
    table.announce(routeOf('a-worse', change));
    table.announce(routeOf('b-better'));
    const decision = table.decide('code.generation');
    expect(decision.chosen?.provider, reason).toBe('b-better');
    expect(decision.decidedBy).toBe(reason);
  }
  const { table } = setUp();
  table.announce(routeOf('b'));
  table.announce(routeOf('a'));
  expect(table.decide('code.generation')).toMatchObject({ chosen: { provider: 'a' }, decidedBy: 'id' });
});

test('decision: strategies weigh cost, path and preference differently', () => {
  const near = routeOf('near', { path: [], cost: 9, localPreference: 1 });
  const cheap = routeOf('cheap', { path: ['x', 'y'], cost: 1, localPreference: 2 });
  const liked = routeOf('liked', { path: ['x'], cost: 5, localPreference: 9 });
  const chosen = { 'shortest-path': 'near', 'lowest-cost': 'cheap', 'highest-priority': 'liked' } as const;
  for (const [strategy, provider] of Object.entries(chosen)) {
    const { table } = setUp({ strategy: strategy as keyof typeof chosen });
    for (const route of [near, cheap, liked]) table.announce(route);
    expect(table.decide('code.generation').chosen?.provider).toBe(provider);
  }
});

const routeArbitrary = fc.record({
  capability: fc.constant('c'),
  provider: fc.constantFrom('a', 'b', 'c'),
  path: fc.uniqueArray(fc.constantFrom('x', 'y'), { maxLength: 2 }),
  localPreference: fc.integer({ min: 0, max: 2 }),
  cost: fc.integer({ min: 0, max: 2 }),
  health: fc.constantFrom('ready' as const, 'degraded' as const),
  announcedAt: fc.integer({ min: 0, max: 2 }),
});

test('decision: the order is total, so the choice never depends on the order of announcing', () => {
  fc.assert(
    fc.property(fc.array(routeArbitrary, { minLength: 1, maxLength: 6 }), (routes) => {
      const byKey = new Map(routes.map((route) => [`${route.provider}/${route.path.join('/')}`, route]));
      const distinct = [...byKey.values()];
      for (const strategy of Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[]) {
        const forwards = setUp({ strategy }).table;
        const backwards = setUp({ strategy }).table;
        for (const route of distinct) forwards.announce(route);
        for (const route of [...distinct].reverse()) backwards.announce(route);
        expect(forwards.decide('c')).toEqual(backwards.decide('c'));
      }
    }),
  );
});

test('decision: comparing is antisymmetric and transitive', () => {
  const rules = STRATEGIES['best-path'];
  const sign = (left: Route, right: Route) => Math.sign(compareRoutes(rules, left, right).order);
  fc.assert(
    fc.property(routeArbitrary, routeArbitrary, routeArbitrary, (a, b, c) => {
      expect(sign(a, b) + sign(b, a)).toBe(0);
      if (sign(a, b) < 0 && sign(b, c) < 0) expect(sign(a, c)).toBe(-1);
    }),
  );
});

test('sharing: equals take turns only when asked for, worse ones never; a peek moves nothing', () => {
  const { table } = setUp({ isShared: true });
  for (const provider of ['a', 'b', 'c']) table.announce(routeOf(provider, { announcedAt: 1 }));
  table.announce(routeOf('dear', { cost: 5 }));
  const next = () => table.decide('code.generation');
  expect(table.decide('code.generation', { isPeek: true }).chosen?.provider).toBe('a');
  expect([next(), next(), next(), next()].map(({ chosen }) => chosen?.provider)).toEqual([
    'a',
    'b',
    'c',
    'a',
  ]);
  expect(next()).toMatchObject({ decidedBy: 'turn among 3 equals' });
  expect(next().candidates.map(({ provider }) => provider)).toEqual(['c', 'a', 'b', 'dear']);
});

test('announce: refuses loops and nonsense as values, replaces the same way quietly', () => {
  const { table, events } = setUp({ system: 'home' });
  const bad: Partial<Route>[] = [
    { path: ['x', 'home'] },
    { path: ['x', 'x'] },
    { capability: 'a..b' },
    { capability: 'a.*' },
    { capability: '' },
    { capability: `a${'.a'.repeat(16)}` },
    { cost: Number.NaN },
    { localPreference: Number.POSITIVE_INFINITY },
  ];
  for (const change of bad) expect(table.announce(routeOf('p', change))).toMatchObject({ accepted: false });
  expect(table.announce(routeOf('p'))).toEqual({ accepted: true, isNew: true });
  expect(table.announce(routeOf('p', { health: 'degraded' }))).toEqual({ accepted: true, isNew: false });
  expect(table.decide('code.generation').candidates).toHaveLength(1);
  expect(events).toEqual(['route.announced p']);
});

test('withdraw: one capability or all of a provider, told once each, harmless when repeated', () => {
  const { table, events } = setUp();
  table.announce(routeOf('p'));
  table.announce(routeOf('p', { path: ['x'] }));
  table.announce(routeOf('p', { capability: 'data' }));
  table.announce(routeOf('q'));
  expect(table.withdraw('p', 'code.generation', 'gone')).toBe(2);
  expect(table.routes()).toHaveLength(2);
  expect(table.withdraw('p', 'all', 'gone')).toBe(1);
  expect(table.withdraw('p', 'all', 'gone')).toBe(0);
  expect(table.routes().map(({ provider }) => provider)).toEqual(['q']);
  expect(events.filter((event) => event.startsWith('route.withdrawn'))).toHaveLength(2);
});

test('withdraw: a decision does not name as absent who is a candidate of it, and names nobody twice', () => {
  const { table } = setUp();
  for (const capability of ['work', 'work.do']) table.announce(routeOf('c', { capability }));
  table.withdraw('c', 'all', 'its process ended');
  expect(table.decide('work.do').withdrawn).toMatchObject([{ provider: 'c', because: 'its process ended' }]);
  table.announce(routeOf('c', { capability: 'work.do' }));
  expect(table.decide('work.do')).toMatchObject({ chosen: { provider: 'c' }, withdrawn: [] });
});

test('forget: who is gone for good has no routes and is named by no decision', () => {
  const { table, events } = setUp();
  table.announce(routeOf('c', { capability: 'work' }));
  table.announce(routeOf('c', { capability: 'idle' }));
  table.withdraw('c', 'work', 'it is about to end');
  table.expect('c', 'rest', () => 'it starts');
  table.forget('c');
  table.forget('c');
  for (const capability of ['work', 'idle', 'rest'])
    expect(table.decide(capability)).toMatchObject({ chosen: null, withdrawn: [] });
  expect(table.routes()).toEqual([]);
  expect(events.filter((event) => event.startsWith('route.withdrawn'))).toHaveLength(2);
});

test('confine: what somebody serves no more is withdrawn, and explained by that and not by what happened before', async () => {
  const { table, clock, events } = setUp();
  for (const capability of ['work', 'work.do', 'idle']) table.announce(routeOf('c', { capability }));
  const since = clock.now();
  table.withdraw('c', 'work', 'its process ended');
  await clock.advance(1000);
  table.confine('c', ['work.do'], 'it has this capability no more');
  table.confine('c', ['work.do'], 'it has this capability no more');
  expect(table.routes().map(({ capability }) => capability)).toEqual(['work.do']);
  expect(table.decide('work').withdrawn).toEqual([
    { provider: 'c', because: 'it has this capability no more', since },
  ]);
  expect(table.decide('idle').withdrawn).toMatchObject([{ because: 'it has this capability no more' }]);
  expect(events.filter((event) => event.startsWith('route.withdrawn'))).toHaveLength(2);
  // It has it again and is not ready yet: that it had not is no reason any more.
  table.expect('c', 'work', () => 'it starts');
  expect(table.decide('work').withdrawn).toMatchObject([{ because: 'it starts' }]);
  table.confine('c', ['work.do', 'work'], 'it has this capability no more');
  expect(table.decide('work').withdrawn).toMatchObject([{ because: 'it starts' }]);
});

test('size: 65 536 announcements and as many decisions take a moment, on one prefix or on many', () => {
  const many = setUp().table;
  const started = performance.now();
  for (let index = 0; index < 65_536; index += 1)
    many.announce(routeOf(`p${index}`, { capability: `c${index % 256}.d${index >> 8}.e` }));
  for (let index = 0; index < 65_536; index += 1) many.decide(`c${index % 256}.d${index >> 8}.e.f`);
  const one = setUp().table;
  for (let index = 0; index < 65_536; index += 1) one.announce(routeOf(`p${index}`, { cost: index }));
  for (let index = 0; index < 65_536; index += 1) one.decide('code.generation');
  // Seen: about 0.4 s. A cost that grew with the table's size would take minutes.
  expect(performance.now() - started).toBeLessThan(5000);
});

test('replicas: calls are shared among those of the best provider, in turn while all work on equally many', () => {
  const { table } = setUp();
  for (const slot of [1, 2, 3]) table.announce(routeOf(`web#${slot}`, { group: 'web', announcedAt: slot }));
  table.announce(routeOf('other', { announcedAt: 0, localPreference: 50 }));
  const asked = Array.from({ length: 4 }, () => table.decide('code.generation'));
  expect(asked.map(({ chosen }) => chosen?.provider)).toEqual(['web#1', 'web#2', 'web#3', 'web#1']);
  expect(asked[0]).toMatchObject({ decidedBy: 'turn among 3 replicas' });
  expect(asked[1]?.candidates.map(({ provider }) => provider)).toEqual(['web#2', 'web#3', 'web#1', 'other']);
});

test('replicas: the one that works on the fewest calls is chosen', () => {
  const load: Record<string, number> = { 'web#1': 4, 'web#2': 1, 'web#3': 2 };
  const { table } = setUp({ loadOf: (provider) => load[provider] ?? 0 });
  for (const slot of [1, 2, 3]) table.announce(routeOf(`web#${slot}`, { group: 'web' }));
  for (let times = 0; times < 5; times += 1)
    expect(table.decide('code.generation')).toMatchObject({
      chosen: { provider: 'web#2' },
      decidedBy: 'fewest calls of 3 replicas',
    });
});

test('replicas: looking at a decision does not move the turn, and a worse replica has no turn', () => {
  const { table } = setUp();
  table.announce(routeOf('web#1', { group: 'web' }));
  table.announce(routeOf('web#2', { group: 'web' }));
  table.announce(routeOf('web#3', { group: 'web', health: 'degraded' }));
  const peek = () => table.decide('code.generation', { isPeek: true }).chosen?.provider;
  expect([peek(), peek()]).toEqual(['web#1', 'web#1']);
  const chosen = Array.from({ length: 4 }, () => table.decide('code.generation').chosen?.provider);
  expect(chosen).toEqual(['web#1', 'web#2', 'web#1', 'web#2']);
});
