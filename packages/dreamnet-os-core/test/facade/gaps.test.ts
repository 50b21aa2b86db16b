import type { IntegrationGap, Subsystem } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';
import { stagesOf, startFleet } from './fleet.js';

const OK = { status: () => 'ok' as const };

function detect(context: Record<string, Subsystem>): IntegrationGap[] {
  return createDreamNetOSCore({ clock: createFakeClock() }).detectIntegrationGaps(context);
}

function gapsOf(context: Record<string, Subsystem>): string[] {
  return detect(context).map(({ type, observed }) => `${type}: ${observed}`);
}

test('gaps: a declared connection that is missing, unknown or cannot tell', () => {
  const connections = [
    { target: 'there', isConnected: () => true },
    { target: 'away', isConnected: () => false },
    {
      target: 'odd',
      isConnected: () => {
        throw new TypeError('no socket');
      },
    },
    'nobody',
  ];
  const context = { a: { ...OK, manifest: { connections } }, there: OK, away: OK, odd: OK };
  expect(gapsOf(context)).toEqual([
    'missing_connection: it is not connected',
    'missing_connection: it cannot tell: no socket',
    "missing_connection: there is no subsystem 'nobody'",
  ]);
});

test('gaps: a configuration that does not satisfy its schema, place by place, without showing long values', () => {
  const requiredConfig = {
    type: 'object',
    required: ['url', 'port'],
    properties: { url: { type: 'string' }, port: { type: 'integer', minimum: 1 }, key: { type: 'number' } },
  };
  const config = () => ({ port: 0, key: 'x'.repeat(500) });
  const gaps = detect({ a: { ...OK, manifest: { requiredConfig }, config } });
  expect(gaps.map(({ type, severity }) => [type, severity])).toEqual(
    gaps.map(() => ['configuration_issue', 'critical']),
  );
  expect(gaps.map(({ observed }) => observed.length).every((length) => length < 100)).toBe(true);
  expect(gaps.map(({ expected }) => expected.split(' ')[0]).sort()).toEqual(['/key', '/port', '/url']);
});

test('gaps: a schema that is none, and one without config(), are told and do not throw', () => {
  expect(
    gapsOf({ a: { ...OK, manifest: { requiredConfig: { type: 'nonsense' } }, config: () => ({}) } }),
  ).toHaveLength(1);
  expect(gapsOf({ a: { ...OK, manifest: { requiredConfig: { type: 'object' } } } })).toEqual([
    'configuration_issue: it offers no config()',
  ]);
});

test('gaps: a pattern of a schema that would backtrack for ever is answered, and each pattern is its own', () => {
  const requiredConfig = {
    type: 'object',
    properties: {
      slow: { pattern: '^(a+)+$' },
      long: { pattern: '(x+x+)+y' },
      zone: { pattern: '^eu-[0-9]+$' },
      letter: { pattern: '\\u00e4' },
      within: { pattern: 'b|c' },
    },
    patternProperties: { '^(z+)+$': { type: 'number' } },
  };
  const config = () => ({
    slow: `${'a'.repeat(5000)}!`,
    long: 'x'.repeat(5000),
    zone: 'eu-12',
    letter: 'Bär',
    within: 'abd\n',
    [`${'z'.repeat(500)}!`]: 'text',
  });
  const gaps = detect({ a: { ...OK, manifest: { requiredConfig }, config } });
  expect(gaps.map(({ expected }) => expected.split(' ')[0]).sort()).toEqual(['/long', '/slow']);
});

for (const pattern of ['^(?!x)', '(a)\\1', 'a)|(b', '(?:.*[a-z]){900}b'])
  test(`gaps: the pattern ${pattern} of a schema, which cannot be told, is neither kept nor broken but named`, () => {
    const requiredConfig = { type: 'object', properties: { key: { pattern } } };
    const config = () => ({ key: 'x'.repeat(100_000) });
    const [gap, ...more] = detect({ a: { ...OK, manifest: { requiredConfig }, config } });
    expect(more).toEqual([]);
    expect(gap).toMatchObject({ severity: 'warning' });
    expect(gap?.observed).toContain(`The pattern '${pattern}' of a JSON schema cannot be used`);
  });

test('gaps: dependencies unknown, outside their range, needs nobody serves, cycles', () => {
  const context: Record<string, Subsystem> = {
    a: {
      ...OK,
      manifest: { dependsOn: ['ghost', { name: 'b', range: '^2.0.0' }], needs: ['data.analysis', 'art'] },
    },
    b: { ...OK, manifest: { version: '1.4.0', provides: ['data'] } },
    c: { ...OK, manifest: { dependsOn: ['d', { name: 'phantom', optional: true }] } },
    d: { ...OK, manifest: { dependsOn: ['c'] } },
  };
  expect(gapsOf(context)).toEqual([
    "dependency_problem: there is no subsystem 'ghost'",
    'dependency_problem: version 1.4.0',
    'dependency_problem: nobody provides it',
    'dependency_problem: c → d → c',
  ]);
});

test('gaps: a lag above what was declared bearable', () => {
  const syncs = [
    { source: 'b', maxLagMs: 100, lagMs: () => 250 },
    { source: 'c', maxLagMs: 100, lagMs: () => 100 },
  ];
  expect(gapsOf({ a: { ...OK, manifest: { syncs } } })).toEqual(['data_sync_issue: 250 ms behind']);
});

test('gaps: late answers are taken in, and the gap that vanishes is fixed by detection alone', async () => {
  const core = createDreamNetOSCore({ clock: createFakeClock() });
  const events: string[] = [];
  core.subscribe(({ type }) => events.push(type));
  let isConnected = false;
  const connections = [{ target: 'b', isConnected: async () => isConnected }];
  const context = { a: { ...OK, manifest: { connections } }, b: OK };
  expect(core.detectIntegrationGaps(context)).toEqual([]);
  await core.settled();
  expect(core.getIntegrationGaps()).toHaveLength(1);
  isConnected = true;
  core.detectIntegrationGaps(context);
  await core.settled();
  expect(core.getIntegrationGaps()).toEqual([]);
  expect(events.filter((type) => type.startsWith('gap.'))).toEqual(['gap.detected', 'gap.fixed']);
});

test('gaps: a fix is verified by detecting again; one that does not help has failed', async () => {
  for (const helps of [true, false]) {
    const clock = createFakeClock();
    const core = createDreamNetOSCore({ clock });
    let isConnected = false;
    const connect = (): void => {
      isConnected = helps;
    };
    const connections = [{ target: 'b', isConnected: async () => isConnected }];
    const context = { a: { ...OK, manifest: { connections }, connect }, b: OK };
    core.detectIntegrationGaps(context);
    await clock.advance(0);
    const [result] = core.autoFixIntegrationGaps(context);
    expect(result?.state).toBe('started');
    await clock.advance(20_000);
    expect(core.recoveryActions().map(({ state }) => state)).toEqual([helps ? 'succeeded' : 'failed']);
    expect(core.getIntegrationGaps().map(({ state }) => state)).toEqual(helps ? [] : ['fix_failed']);
  }
});

test('gaps: one that only a person can fix is handed to a person with what to do, and ends by itself', async () => {
  const { clock, core } = await startFleet([]);
  let hasSecret = false;
  const secret = {
    key: 'secret/OPENAI',
    description: "the secret 'openai' is bound and not there",
    expected: 'a value',
    observed: 'nothing',
    remedyHint: 'dreamnet bindings set openai',
  };
  core.watch('coder', { problems: () => (hasSecret ? [] : [secret]), identity: () => undefined });
  await clock.advance(6_000);
  const [incident] = core.incidents();
  expect(stagesOf(incident)).toEqual(['detected', 'analysed', 'escalated']);
  expect(incident?.stages.at(-1)?.summary).toContain('dreamnet bindings set openai');
  expect(core.autoFixIntegrationGaps({})).toEqual([]);
  hasSecret = true;
  await clock.advance(8_000);
  expect(core.getIntegrationGaps()).toEqual([]);
  expect(core.incidents()[0]?.state).toBe('resolved');
  await core.stop();
});

test('gaps: run() fixes by policy what detection alone leaves as it is', async () => {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock });
  let isConnected = false;
  const connect = (): void => {
    isConnected = true;
  };
  const connections = [{ target: 'b', isConnected: () => isConnected }];
  const context = { a: { ...OK, manifest: { connections }, connect }, b: OK };
  core.detectIntegrationGaps(context);
  await clock.advance(5_000);
  expect(isConnected).toBe(false);
  core.run(context);
  await clock.advance(5_000);
  expect(isConnected).toBe(true);
  expect(core.incidents()[0]?.state).toBe('resolved');
});

test('gaps: a missing value with a declared default is set to it', async () => {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock });
  let config: Record<string, unknown> = {};
  const requiredConfig = {
    type: 'object',
    required: ['port'],
    properties: { port: { type: 'integer', default: 80 } },
  };
  const a: Subsystem = {
    ...OK,
    manifest: { requiredConfig },
    config: () => config,
    configure: (patch) => {
      config = { ...config, ...patch };
    },
  };
  expect(core.autoFixIntegrationGaps({ a })[0]?.state).toBe('started');
  await clock.advance(3_000);
  expect(config).toEqual({ port: 80 });
  expect(core.getIntegrationGaps()).toEqual([]);
});
