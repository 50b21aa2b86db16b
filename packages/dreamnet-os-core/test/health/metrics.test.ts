import { expect, test } from 'vitest';
import { createRig } from './support.js';

const INDICATORS = [
  { metric: 'queue', factor: 'performance', good: 0, bad: 100 },
  { metric: 'hits', factor: 'availability', good: 1, bad: 0 },
] as const;

function createFeed() {
  const rig = createRig();
  rig.engine.start();
  rig.engine.register('feed', { manifest: { indicators: INDICATORS } });
  const send = (metrics: Record<string, number>) =>
    rig.engine.heartbeat({ subsystem: 'feed', status: 'ok', metrics });
  const term = (metric: string) =>
    rig.engine.explain('infra').terms.find(({ source }) => source === `feed/${metric}`);
  const leftOut = () => rig.engine.explain('infra').leftOut;
  return { ...rig, send, term, leftOut };
}

test('metrics: a report with some of them does not forget the others', () => {
  const { send, term } = createFeed();
  send({ queue: 25 });
  send({ hits: 1 });
  send({});
  expect(term('queue')).toMatchObject({ value: 0.75 });
  expect(term('hits')).toMatchObject({ value: 1 });
});

test('metrics: an indicator without data is left out and named, with the reason', () => {
  const { send, leftOut } = createFeed();
  send({ queue: 25 });
  expect(leftOut()).toEqual([
    { factor: 'availability', source: 'feed/hits', reason: 'hits has not come since this program started' },
  ]);
});

test('metrics: one that has not come for five minutes is no data, and the score changes by itself', async () => {
  const { engine, clock, send, term, leftOut } = createFeed();
  send({ queue: 100, hits: 1 });
  const live = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 20) {
      await clock.advance(20_000);
      send({ hits: 1 });
    }
  };
  await live(200);
  const before = engine.scores().infraHealth;
  expect(term('queue')?.at).toBe(clock.now() - 200_000);
  await live(100);
  expect(engine.scores().infraHealth).toBeGreaterThan(before);
  expect(term('queue')).toBeUndefined();
  expect(leftOut()).toEqual([
    { factor: 'performance', source: 'feed/queue', reason: 'queue has not come for 300 s' },
  ]);
  send({ queue: 0 });
  expect(term('queue')).toMatchObject({ value: 1 });
  engine.stop();
});

test('metrics: of one that reports seldom they stay three times as long as its time to live', async () => {
  const { engine, clock } = createRig();
  engine.start();
  engine.register('feed', { manifest: { indicators: INDICATORS, heartbeat: { ttlMs: 600_000 } } });
  engine.heartbeat({ subsystem: 'feed', status: 'ok', metrics: { queue: 0 } });
  await clock.advance(590_000);
  expect(engine.explain('infra').leftOut?.map(({ source }) => source)).toEqual(['feed/hits']);
  engine.stop();
});

test('metrics: what one report declared as its time to live keeps old metrics in no score once reports come without it', async () => {
  const { engine, clock } = createRig();
  engine.start();
  engine.register('feed', { manifest: { domain: 'economy', indicators: INDICATORS } });
  const value = () => engine.scores().infraHealth;
  engine.heartbeat({ subsystem: 'feed', status: 'ok', metrics: { queue: 100 }, ttlMs: 3_600_000 });
  await clock.advance(100_000);
  engine.heartbeat({ subsystem: 'feed', status: 'ok', isIrregular: true });
  expect(value()).toBe(0);
  await clock.advance(210_000);
  expect(value()).toBe(0.5);
  expect(engine.explain('infra').score).toBe(0.5);
  engine.stop();
});

test('metrics: 10 000 new names are dropped beyond 200, counted and told; those known and wanted go on', () => {
  const { engine, send, term } = createFeed();
  const heard: string[] = [];
  engine.onSample(({ metric }) => heard.push(metric));
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${index}`, index]));
  expect(send(many)).toEqual({ accepted: true, droppedMetrics: 9800 });
  expect(heard).toHaveLength(200);
  expect(engine.refused().metric_dropped).toBe(9800);
  expect(send({ m7: 1, queue: 50 })).toEqual({ accepted: true });
  expect(term('queue')).toMatchObject({ value: 0.5 });
  expect(send({ another: 1 })).toEqual({ accepted: true, droppedMetrics: 1 });
});

test('metrics: what is no finite number or no name is dropped, and the rest of the report is taken', () => {
  const { engine, send, term } = createFeed();
  const heard = new Map<string, number>();
  engine.onSample(({ metric, value }) => heard.set(metric, value));
  const odd = JSON.parse('{"__proto__": 3, "constructor": 4, "queue": 10}') as Record<string, number>;
  expect(send(odd)).toEqual({ accepted: true });
  expect([...heard]).toEqual([
    ['__proto__', 3],
    ['constructor', 4],
    ['queue', 10],
  ]);
  const bad = { a: Number.NaN, b: Number.POSITIVE_INFINITY, 'c\u0000': 1, '': 1, ['x'.repeat(600)]: 1 };
  expect(send({ ...bad, d: 'text' as unknown as number, e: null as unknown as number, queue: -0 })).toEqual({
    accepted: true,
    droppedMetrics: 7,
  });
  expect(Object.is(heard.get('queue'), 0)).toBe(true);
  expect(term('queue')).toMatchObject({ value: 1 });
});

test('metrics: the reason states the direction and the goal', () => {
  const { send, term } = createFeed();
  send({ queue: 12.3456789, hits: 1 });
  expect(term('queue')?.reason).toBe('queue is 12.3457 (less is better: 0 is good, 100 is bad)');
  expect(term('hits')?.reason).toBe('hits is 1 (more is better: 1 is good, 0 is bad)');
});

test('metrics: those that come with the answer of a probe count like those of a report', async () => {
  const { engine } = createRig();
  engine.register('page', {
    manifest: { indicators: INDICATORS },
    probe: async () => ({ ok: true, reason: 'answered', metrics: { queue: 40 } }),
  });
  await engine.probeNow('page');
  expect(engine.explain('infra').terms.find(({ source }) => source === 'page/queue')).toMatchObject({
    value: 0.6,
  });
});
