import type { ConfigurationProblem, RestartSpec } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { QUICK_RESTART, startHarness } from './fixtures/harness.js';

const FOREVER = ['sleep', '1000'] as const;
const PROBLEM: ConfigurationProblem = {
  ...{ key: 'secret:K', description: 'K is missing', expected: 'a value', observed: 'none' },
};

test('refused restart: it is told once, uses up no restart, and the agent starts as soon as nothing is missing', async () => {
  let answer: RestartSpec = { ok: false, reason: 'K is missing', problems: [PROBLEM] };
  let tries = 0;
  const renew = () => {
    tries += 1;
    return Promise.resolve(answer);
  };
  const { supervisor, events, spec } = await startHarness({ renew });
  const wanted = spec('a', FOREVER, { restart: { ...QUICK_RESTART, intensity: 1 } });
  const { identity } = await supervisor.launch(wanted);
  process.kill(identity?.pid ?? 0, 'SIGKILL');
  while (tries < 4) await events.changed();
  expect(supervisor.get('a')).toMatchObject({ restarts: 0, lastExit: { reason: 'K is missing' } });
  expect(events.ofType('process.start-refused')).toEqual([{ reason: 'K is missing', problems: [PROBLEM] }]);
  expect(events.ofType('process.start-failed')).toEqual([]);
  expect(events.ofType('process.circuit-opened')).toEqual([]);
  answer = { ok: true, spec: wanted };
  await events.atLeast('process.started', 2, 'a');
  expect(supervisor.get('a')).toMatchObject({ phase: 'running', restarts: 1 });
});

test('refused restart: a stop ends the tries', async () => {
  const renew = () => Promise.resolve({ ok: false as const, reason: 'K is missing', problems: [PROBLEM] });
  const { supervisor, events, spec } = await startHarness({ renew });
  const { identity } = await supervisor.launch(spec('a', FOREVER));
  process.kill(identity?.pid ?? 0, 'SIGKILL');
  await events.atLeast('process.start-refused', 1, 'a');
  await supervisor.stop('a');
  expect(supervisor.get('a')).toMatchObject({ phase: 'idle', nextAttemptAt: null });
});
