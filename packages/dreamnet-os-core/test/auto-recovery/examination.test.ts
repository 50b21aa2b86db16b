import type { ProbeResult, Subsystem, SubsystemManifest } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { examine } from '../../src/auto-recovery/examination.js';
import { createHealthEngine } from '../../src/health/health-engine.js';

const BAD: ProbeResult = { ok: false, reason: 'refused' };
const GOOD: ProbeResult = { ok: true, reason: 'pong' };

function rig(fleet: Record<string, { answers: () => Promise<ProbeResult>; manifest?: SubsystemManifest }>) {
  const clock = createFakeClock();
  const health = createHealthEngine({ clock, publish: () => undefined, random: () => 0 });
  for (const [name, { answers, manifest }] of Object.entries(fleet)) {
    const subsystem: Subsystem = { probe: answers, ...(manifest ? { manifest } : {}) };
    health.register(name, subsystem);
  }
  const look = async (name: string, advanceMs = 5_000) => {
    const found = examine(
      { clock, health, turn: async () => undefined, recoveryOf: () => undefined, limitMs: 3_000 },
      name,
    );
    await clock.advance(advanceMs);
    return found;
  };
  return { clock, health, look };
}

test('examination: one failed answer is chance, two in a row are a failing dependency', async () => {
  const answers = [BAD, GOOD];
  const lucky = rig({
    web: { answers: async () => BAD, manifest: { dependsOn: ['db'] } },
    db: { answers: async () => answers.shift() ?? GOOD },
  });
  expect((await lucky.look('web'))?.cause.name).toBe('web');
  const failing = rig({
    web: { answers: async () => BAD, manifest: { dependsOn: ['db'] } },
    db: { answers: async () => BAD },
  });
  expect((await failing.look('web'))?.cause.name).toBe('db');
});

test('examination: a dependency that never answers counts as failing when the time is over', async () => {
  const { look } = rig({
    web: { answers: async () => BAD, manifest: { dependsOn: ['api'] } },
    api: { answers: async () => GOOD, manifest: { dependsOn: ['db'] } },
    db: { answers: () => new Promise(() => undefined) },
  });
  const root = await look('web', 3_000);
  expect(root?.cause.name).toBe('db');
  expect(root?.candidates.map(({ name }) => name)).toEqual(['db', 'web']);
});

test('examination: dependencies that are fine, unknown or missing are no cause', async () => {
  const { look } = rig({
    web: { answers: async () => BAD, manifest: { dependsOn: ['db', 'ghost'] } },
    db: { answers: async () => GOOD },
  });
  const root = await look('web');
  expect([root?.cause.name, root?.decidedBy]).toEqual(['web', 'no dependency is failing']);
});
