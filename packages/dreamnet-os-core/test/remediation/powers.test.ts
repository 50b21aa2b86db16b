import type { RemedyEffect, Subsystem } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { perform } from '../../src/remediation/powers.js';

const run = (subsystem: Subsystem, effect: RemedyEffect) =>
  perform(createFakeClock(), subsystem, { effect, reason: 'because', timeoutMs: 1_000 });

test('powers: a return without an answer is done, an answer with ok false or a throw is a refusal', async () => {
  expect(await run({ restart: () => undefined }, { power: 'restart' })).toMatchObject({ result: 'done' });
  expect(await run({ restart: () => ({ ok: false, details: 'no' }) }, { power: 'restart' })).toMatchObject({
    result: 'refused',
    details: 'no',
  });
  const throwing = { restart: () => Promise.reject(new TypeError('boom')) };
  expect(await run(throwing, { power: 'restart' })).toMatchObject({ result: 'refused' });
});

test('powers: one that never answers is given up, and its outcome is unknown, not a failure', async () => {
  const clock = createFakeClock();
  const subsystem = { restart: () => new Promise<undefined>(() => undefined) };
  const call = { effect: { power: 'restart' }, reason: '', timeoutMs: 1_000 } as const;
  const outcome = perform(clock, subsystem, call);
  await clock.advance(1_000);
  expect(await outcome).toMatchObject({ result: 'unknown' });
});

test('powers: an argument of the wrong kind is never passed on', async () => {
  const calls: unknown[] = [];
  const note = (argument: unknown): void => void calls.push(argument);
  const able: Subsystem = { configure: note, scale: note };
  expect(await run(able, { power: 'configure', argument: 'text' })).toMatchObject({ result: 'refused' });
  expect(await run(able, { power: 'scale', argument: { n: 1 } })).toMatchObject({ result: 'refused' });
  expect(await run({}, { power: 'connect', argument: 'x' })).toMatchObject({ result: 'refused' });
  expect(calls).toEqual([]);
});
