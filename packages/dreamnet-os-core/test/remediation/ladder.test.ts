import type { RecoveryActionType, Subsystem } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { chooseRung } from '../../src/remediation/ladder.js';

const ABLE: Subsystem = {
  restart: () => undefined,
  configure: () => undefined,
  scale: () => undefined,
  connect: () => undefined,
  config: () => ({ replicas: 3 }),
  problems: () => [{ key: 'k', description: 'd', expected: 'e', observed: 'o', patch: { a: 1 } }],
};

function choose(subsystem: Subsystem | undefined, ...tried: RecoveryActionType[]) {
  const passedOver = new Map(tried.map((type) => [type, 'tried in this incident'] as const));
  return chooseRung({ name: 'x', subsystem, passedOver, brokenConnection: 'y' });
}

test('ladder: the rungs come in order, each with what was tried below it as its reason', () => {
  expect(choose(ABLE).plan).toMatchObject({ type: 'service_restart', rung: 0, risk: 'low' });
  expect(choose(ABLE, 'service_restart')).toMatchObject({
    plan: { type: 'configuration_fix', rung: 1, effect: { power: 'configure', argument: { a: 1 } } },
    reason: 'next rung: service_restart (tried in this incident)',
  });
  expect(choose(ABLE, 'service_restart', 'configuration_fix').plan).toMatchObject({
    type: 'resource_scaling',
    risk: 'medium',
    effect: { power: 'scale', argument: 4 },
  });
  expect(choose(ABLE, 'service_restart', 'configuration_fix', 'resource_scaling').plan).toMatchObject({
    type: 'dependency_resolution',
    effect: { power: 'connect', argument: 'y' },
  });
});

test('ladder: a rung without its power is passed over and says why; above the last stands a person', () => {
  const choice = choose({ scale: () => undefined });
  expect(choice.plan).toMatchObject({ type: 'resource_scaling', effect: { argument: 2 } });
  expect(choice.skipped.map(({ because }) => because)).toEqual([
    'it offers no restart()',
    'it offers no configure()',
  ]);
  expect(choose({}).plan).toBeUndefined();
  expect(choose(undefined).reason).toContain('nothing is left to try');
});

test('ladder: whoever ran short of something is given more instead of the same again', () => {
  const more = { description: "Give 'x' 128 MiB", patch: { resources: { memory: 1 } } };
  const short: Subsystem = {
    ...ABLE,
    problems: () => [],
    shortage: () => ({ description: '64 MiB were too few', more }),
  };
  const choice = choose(short);
  expect(choice.plan).toMatchObject({
    ...{ type: 'resource_scaling', risk: 'medium', description: "Give 'x' 128 MiB: 64 MiB were too few" },
    effect: { power: 'configure', argument: more.patch },
  });
  expect(choice.skipped[0]?.because).toBe('64 MiB were too few: it would again');
  const cannot: Subsystem = { ...ABLE, shortage: () => ({ description: 'no more is to be had' }) };
  expect(choose(cannot).plan?.type).toBe('service_restart');
  const broken: Subsystem = {
    ...ABLE,
    shortage: () => {
      throw new Error('it cannot tell');
    },
  };
  expect(choose(broken).plan?.type).toBe('service_restart');
});
