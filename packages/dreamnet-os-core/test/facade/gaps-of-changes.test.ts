import type { IntegrationGap, Subsystem } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDreamNetOSCore, type DreamNetOSCoreFacade } from '../../src/index.js';

const EVERY_MS = 5_000;

async function startCore() {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock });
  await core.start();
  return { clock, core };
}

function observed(core: DreamNetOSCoreFacade): string[] {
  return core.getIntegrationGaps().map((gap) => `${gap.subsystem}: ${gap.observed}`);
}

test('gaps: who names another is looked at again when that one comes, is replaced or goes', async () => {
  const { clock, core } = await startCore();
  core.watch('a', { manifest: { dependsOn: [{ name: 'b', range: '^2' }], connections: ['c'] } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual(["a: there is no subsystem 'c'", "a: there is no subsystem 'b'"]);
  core.watch('b', { manifest: { version: '1.0.0' } });
  core.watch('c', {});
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual(['a: version 1.0.0']);
  core.watch('b', { manifest: { version: '2.1.0' } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual([]);
  core.unwatch('b');
  expect(observed(core)).toEqual(["a: there is no subsystem 'b'"]);
  await core.stop();
});

test('gaps: a need is looked at again when its first provider comes and when its last one goes', async () => {
  const { clock, core } = await startCore();
  const provider = (): Subsystem => ({ manifest: { provides: ['text'] } });
  core.watch('a', { manifest: { needs: ['text.summary'] } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual(['a: nobody provides it']);
  for (const name of ['p', 'q']) core.watch(name, provider());
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual([]);
  core.unwatch('p');
  expect(observed(core)).toEqual([]);
  core.unwatch('q');
  expect(observed(core)).toEqual(['a: nobody provides it']);
  await core.stop();
});

test('gaps: a cycle is found when its last member comes, and the smaller one when a member goes', async () => {
  const { clock, core } = await startCore();
  core.watch('a', { manifest: { dependsOn: ['b'] } });
  core.watch('b', { manifest: { dependsOn: ['a', 'c'] } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toContain('a: a → b → a');
  core.watch('c', { manifest: { dependsOn: ['a'] } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual(['a: a → b → a']);
  core.watch('a', { manifest: { dependsOn: ['d'] } });
  core.watch('d', { manifest: { dependsOn: ['b'] } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual(['a: a → d → b → a']);
  core.watch('b', { manifest: { dependsOn: ['c'] } });
  core.watch('c', { manifest: { dependsOn: ['b'] } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual(['b: b → c → b']);
  await core.stop();
});

test('gaps: a group of cycles that falls apart is two, also where only one of them was told', async () => {
  const { clock, core } = await startCore();
  core.watch('a', { manifest: { dependsOn: ['b'] } });
  core.watch('b', { manifest: { dependsOn: ['a', 'c'] } });
  core.watch('c', { manifest: { dependsOn: ['d'] } });
  core.watch('d', { manifest: { dependsOn: ['c', 'a'] } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual(['a: a → b → a']);
  core.watch('b', { manifest: { dependsOn: ['a'] } });
  await clock.advance(EVERY_MS);
  expect(observed(core)).toEqual(['a: a → b → a', 'c: c → d → c']);
  await core.stop();
});

test('gaps: only who has something to ask is asked again, and nobody because another one goes', async () => {
  const { clock, core } = await startCore();
  let asked = 0;
  const problems = () => {
    asked += 1;
    return [];
  };
  for (const name of ['a', 'b', 'c']) core.watch(name, { problems });
  await clock.advance(EVERY_MS);
  expect(asked).toBe(3);
  core.unwatch('c');
  expect(asked).toBe(3);
  core.lookForGaps('a');
  expect(asked).toBe(4);
  await clock.advance(EVERY_MS);
  expect(asked).toBe(6);
  core.run({ d: { problems } });
  expect(asked).toBe(9);
  await core.stop();
});

test('gaps: a function of one subsystem that never answers does not keep the fix of another from being verified', async () => {
  const { clock, core } = await startCore();
  let isConnected = false;
  const connect = () => {
    isConnected = true;
  };
  const never = () => new Promise<never>(() => undefined);
  core.watch('wedged', { manifest: { connections: [{ target: 'a', isConnected: never }] } });
  core.watch('a', {
    manifest: { connections: [{ target: 'wedged', isConnected: async () => isConnected }] },
    connect,
  });
  await clock.advance(2 * EVERY_MS);
  core.autoFixIntegrationGaps({});
  await clock.advance(30_000);
  expect(core.recoveryActions().map(({ state }) => state)).toEqual(['succeeded']);
  expect(core.getIntegrationGaps()).toEqual([]);
  await core.stop();
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const CAPABILITIES = ['x', 'x.y', 'z'];
const few = (of: readonly string[]) => fc.subarray([...of], { maxLength: 2 });
const steps = fc.array(
  fc.record({
    name: fc.constantFrom(...NAMES),
    isGone: fc.boolean(),
    isAwaited: fc.boolean(),
    manifest: fc.record({
      dependsOn: few(NAMES),
      connections: few(NAMES),
      provides: few(CAPABILITIES),
      needs: few(CAPABILITIES),
    }),
  }),
  { minLength: 1, maxLength: 25 },
);

test('gaps: whatever comes, changes and goes, what is kept up to date is what a first look would find', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const { clock, core } = await startCore();
      const there = new Map<string, Subsystem>();
      for (const { name, isGone, isAwaited, manifest } of taken) {
        if (isGone) core.unwatch(name);
        else core.watch(name, { manifest });
        if (isGone) there.delete(name);
        else there.set(name, { manifest });
        if (isAwaited) await clock.advance(EVERY_MS);
        else core.lookForGaps(name);
        const fresh = createDreamNetOSCore({ clock }).detectIntegrationGaps(Object.fromEntries(there));
        expect(gapsOf(core.getIntegrationGaps())).toEqual(gapsOf(fresh));
      }
      await core.stop();
    }),
    { numRuns: 30 },
  );
});

function gapsOf(gaps: readonly IntegrationGap[]): string[] {
  return gaps.map(({ id, observed: seen }) => `${id} ${seen}`).sort();
}
