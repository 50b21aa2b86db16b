import {
  DOMAIN_FACTORS,
  type Domain,
  LARGEST_WEIGHT,
  LEAST_WEIGHT,
  type StatusAnswer,
  type Subsystem,
} from '@dreamnet/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indicatorValue } from '../../src/health/scores/factor-values.js';
import { createPatient, createRig } from './support.js';

const DOMAINS = Object.keys(DOMAIN_FACTORS) as Domain[];

function told(domain: Domain, answer: () => StatusAnswer, manifest: Subsystem['manifest'] = {}): Subsystem {
  return { status: answer, manifest: { domain, ...manifest } };
}

test('scores: a domain without data is 0.5 with confidence 0, and says which factors are missing', () => {
  const { engine } = createRig();
  expect(engine.scores()).toEqual({
    infraHealth: 0.5,
    economyHealth: 0.5,
    socialHealth: 0.5,
    dreamPipelineHealth: 0.5,
  });
  expect(engine.explain('social')).toMatchObject({ confidence: 0, missingFactors: DOMAIN_FACTORS.social });
});

test('scores: a subsystem feeds its domain: economy stability, social activity, dreamPipeline success rate', () => {
  const { engine } = createRig();
  engine.register(
    'ledger',
    told('economy', () => 'error'),
  );
  engine.register(
    'feed',
    told('social', () => 'warn'),
  );
  engine.register(
    'pipeline',
    told('dreamPipeline', () => 'ok'),
  );
  engine.evaluate();
  expect(engine.scores()).toMatchObject({ economyHealth: 0, socialHealth: 0.5, dreamPipelineHealth: 1 });
  expect(engine.explain('economy').terms).toMatchObject([
    { factor: 'stability', source: 'ledger/status', value: 0 },
  ]);
  expect(engine.explain('social').confidence).toBe(0.25);
});

test('scores: infra is fed four ways by its subsystems themselves', () => {
  const { engine } = createRig();
  engine.register(
    'api',
    told('infra', () => 'ok'),
  );
  engine.evaluate();
  expect(
    engine
      .explain('infra')
      .terms.map(({ factor }) => factor)
      .sort(),
  ).toEqual([...DOMAIN_FACTORS.infra].sort());
  expect(engine.scores().infraHealth).toBe(1);
});

test('scores: weights count within a factor as they are given', () => {
  const { engine } = createRig();
  engine.register(
    'big',
    told('economy', () => 'ok', { weight: 3 }),
  );
  engine.register(
    'small',
    told('economy', () => 'error', { weight: 1 }),
  );
  engine.evaluate();
  expect(engine.scores().economyHealth).toBe(0.75);
});

test('scores: the least and the largest weight count as what they are, also of an indicator of such a subsystem', () => {
  const { engine } = createRig();
  const indicators = [{ metric: 'users', factor: 'growth', good: 10, bad: 0, weight: LEAST_WEIGHT }] as const;
  engine.register(
    'feather',
    told('dreamPipeline', () => 'error', { weight: LEAST_WEIGHT }),
  );
  engine.register(
    'heavy',
    told('social', () => 'ok', { weight: LARGEST_WEIGHT }),
  );
  engine.register(
    'light',
    told('social', () => 'error', { weight: LEAST_WEIGHT, indicators }),
  );
  engine.heartbeat({ subsystem: 'light', status: 'error', metrics: { users: 10 } });
  engine.evaluate();
  const activity = engine.explain('social').factors?.find(({ factor }) => factor === 'activity')?.value;
  expect(engine.scores().dreamPipelineHealth).toBe(0);
  expect(activity).toBeCloseTo(LARGEST_WEIGHT / (LARGEST_WEIGHT + LEAST_WEIGHT), 12);
  expect(engine.explain('social').terms.find(({ factor }) => factor === 'growth')?.weight).toBe(
    LEAST_WEIGHT ** 2,
  );
});

test('scores: an indicator maps its metric between bad and good, in either direction', () => {
  const down = { metric: 'lag', factor: 'throughput', good: 100, bad: 500 } as const;
  expect([50, 100, 300, 500, 900].map((lag) => indicatorValue(down, lag))).toEqual([1, 1, 0.5, 0, 0]);
  const up = { metric: 'users', factor: 'growth', good: 10, bad: 0 } as const;
  expect([-5, 0, 5, 10, 50].map((users) => indicatorValue(up, users))).toEqual([0, 0, 0.5, 1, 1]);
  expect(indicatorValue(up, Number.NaN)).toBeUndefined();
});

test('scores: good and bad at the ends of what a number can hold are told apart as any others', () => {
  const wide = { metric: 'm', factor: 'growth', good: 1.7e308, bad: -1.7e308 } as const;
  expect([1.7e308, 0, -1.7e308].map((value) => indicatorValue(wide, value))).toEqual([1, 0.5, 0]);
  const turned = { metric: 'm', factor: 'growth', good: -1.7e308, bad: 1.7e308 } as const;
  expect([1.7e308, 0, -1.7e308].map((value) => indicatorValue(turned, value))).toEqual([0, 0.5, 1]);
  const narrow = { metric: 'm', factor: 'growth', good: 10, bad: 0 } as const;
  expect([1.7e308, -1.7e308].map((value) => indicatorValue(narrow, value))).toEqual([1, 0]);
  const low = { metric: 'm', factor: 'growth', good: 0, bad: 1.7e308 } as const;
  expect([-1.7e308, 1.7e308].map((value) => indicatorValue(low, value))).toEqual([1, 0]);
});

test('scores: metrics of a report feed the factor of their indicator', () => {
  const { engine } = createRig();
  const indicators = [{ metric: 'balance', factor: 'balanceHealth', good: 100, bad: 0 }] as const;
  engine.register('ledger', { manifest: { domain: 'economy', indicators } });
  engine.heartbeat({ subsystem: 'ledger', status: 'ok', metrics: { balance: 25 } });
  expect(engine.scores().economyHealth).toBeCloseTo((1 + 0.25) / 2, 12);
});

test('scores: a process that boots does not lower the error rate, one that fails does', async () => {
  const { engine, clock } = createRig();
  const { patient, subsystem } = createPatient(clock);
  patient.mode = 'refuses';
  engine.register('agent', subsystem);
  engine.start();
  await clock.advance(5000);
  expect(engine.scores().infraHealth).toBe(0.5);
  patient.mode = 'answers';
  await clock.advance(2000);
  expect(engine.explain('infra').terms.find(({ factor }) => factor === 'errorRate')?.value).toBe(1);
  patient.mode = 'refuses';
  await clock.advance(8000);
  expect(engine.explain('infra').terms.find(({ factor }) => factor === 'errorRate')?.value).toBeLessThan(0.6);
  engine.stop();
});

test('scores: an infra service that nobody watches and that stops answering has no availability and no performance', async () => {
  const { engine, clock } = createRig();
  let isUp = true;
  engine.register('api', { probe: async () => ({ ok: isUp, reason: 'r', latencyMs: 10 }) });
  engine.start();
  await clock.advance(3000);
  expect(engine.scores().infraHealth).toBeGreaterThan(0.99);
  isUp = false;
  await clock.advance(10_000);
  const values = new Map(engine.explain('infra').terms.map(({ factor, value }) => [factor, value]));
  expect([values.get('availability'), values.get('performance'), values.get('serviceHealth')]).toEqual([
    0, 0, 0,
  ]);
  engine.stop();
});

test('scores: what left does not count any more', () => {
  const { engine } = createRig();
  engine.register(
    'a',
    told('economy', () => 'ok'),
  );
  engine.register(
    'b',
    told('economy', () => 'error'),
  );
  engine.register(
    'c',
    told('economy', () => 'ok'),
  );
  engine.evaluate();
  engine.unregister('b');
  expect(engine.scores().economyHealth).toBe(1);
  expect(
    engine
      .summaries()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['a', 'c']);
  engine.register('c', { status: () => 'warn' });
  engine.evaluate();
  const words = new Map(engine.summaries().map(({ name, status }) => [name, status]));
  expect([...words]).toEqual(
    expect.arrayContaining([
      ['a', 'ok'],
      ['c', 'warn'],
    ]),
  );
  expect(engine.summaries()).toHaveLength(2);
  engine.unregister('a');
  engine.unregister('c');
  expect(engine.scores().economyHealth).toBe(0.5);
  expect(engine.summaries()).toEqual([]);
});

test('scores: after any history of changes the contributions sum to the score, and a fresh engine agrees', () => {
  const word = fc.constantFrom('ok', 'warn', 'error', 'unknown');
  const domain = fc.constantFrom(...DOMAINS);
  const step = fc.record({
    who: fc.integer({ min: 0, max: 7 }),
    word,
    metric: fc.double({ min: -10, max: 200, noNaN: true }),
  });
  const member = fc.record({ domain, weight: fc.double({ min: LEAST_WEIGHT, max: 5, noNaN: true }) });
  fc.assert(
    fc.property(
      fc.array(member, { minLength: 8, maxLength: 8 }),
      fc.array(step, { maxLength: 40 }),
      (fleet, steps) => {
        const rigs = [createRig(), createRig()] as const;
        for (const { engine } of rigs)
          for (const [index, { domain: of, weight }] of fleet.entries()) {
            const factor = DOMAIN_FACTORS[of][index % 4] ?? 'stability';
            const indicators = [{ metric: 'm', factor, good: 100, bad: 0 }];
            engine.register(`s${index}`, { manifest: { domain: of, weight, indicators } });
          }
        const [looked, blind] = rigs;
        for (const { who, word: status, metric } of steps) {
          const report = { subsystem: `s${who}`, status, metrics: { m: metric } };
          looked.engine.heartbeat(report);
          looked.engine.scores();
          blind.engine.heartbeat(report);
        }
        const scores = looked.engine.scores();
        expect(scores).toEqual(blind.engine.scores());
        for (const name of DOMAINS) {
          const { score, terms } = looked.engine.explain(name);
          const sum = terms.reduce((total, { contribution }) => total + contribution, 0);
          expect(Math.abs(sum - score)).toBeLessThan(1e-9);
          expect(score).toBe(scores[`${name}Health`]);
          const loss = terms.reduce((total, term) => total + term.loss, 0);
          expect(Math.abs(sum + loss - 1)).toBeLessThan(1e-9);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('scores: a snapshot given out never changes, and without a change the same one is given', () => {
  const { engine } = createRig();
  engine.register('a', {});
  engine.heartbeat({ subsystem: 'a', status: 'ok' });
  const before = engine.summaries();
  expect(engine.summaries()).toBe(before);
  engine.heartbeat({ subsystem: 'a', status: 'error' });
  expect(engine.summaries()[0]?.status).toBe('error');
  expect(before[0]?.status).toBe('ok');
});

test('scores: a look after one change among many makes anew only what changed', () => {
  const { engine } = createRig();
  for (let index = 0; index < 1000; index += 1) engine.register(`agent-${index}`, {});
  for (let index = 0; index < 1000; index += 1)
    engine.heartbeat({ subsystem: `agent-${index}`, status: 'ok' });
  const before = engine.summaries();
  engine.heartbeat({ subsystem: 'agent-7', status: 'warn' });
  const after = engine.summaries();
  const changed = after.filter((summary, index) => summary !== before[index]);
  expect(changed.map(({ name, status }) => [name, status])).toEqual([['agent-7', 'warn']]);
});
