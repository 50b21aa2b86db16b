import { spawn } from 'node:child_process';
import { createId, systemClock } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { Adoption } from '../../src/adoption/adoption.js';
import { formatMarker, MARKER_VARIABLE } from '../../src/linux/marker.js';
import { readBootId } from '../../src/linux/process-identity.js';
import type { SupervisedUnit } from '../../src/supervised-unit.js';
import type { UnitSurroundings } from '../../src/unit-surroundings.js';
import { specIn } from '../fixtures/harness.js';

/** What an earlier supervisor left: a process `a` that runs, and nothing of `b` but its record. */
async function leave() {
  const instanceId = createId('daemon');
  const marker = formatMarker({ instanceId, processId: 'a', generation: 1 });
  const child = spawn('sleep', ['1000'], {
    ...{ detached: true, stdio: 'ignore' },
    env: { [MARKER_VARIABLE]: marker, PATH: '/usr/bin:/bin' },
  });
  await new Promise((resolve) => child.once('spawn', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  const stored = ['a', 'b'].map((id) => ({
    key: id,
    value: {
      ...{ id, phase: id === 'a' ? 'running' : 'exited', generation: 1, identity: null, stdio: 'log' },
      ...{ startedAt: null, restarts: 0, lastExit: null, nextAttemptAt: null },
      history: { restartsAt: [], shortRuns: 0, circuit: 'closed', failedTrials: 0 },
    },
  }));
  const around = {
    ...{ instanceId, bootId: readBootId(), clock: systemClock() },
    lines: { has: () => false, sweep: () => undefined },
    writer: { write: () => undefined },
    // Ending anybody begins with a look, and fails here as it does when a process survives SIGKILL.
    look: () => Promise.reject(new TypeError('no look')),
  };
  const units = new Map<string, object>();
  const adoption = new Adoption({
    around: around as unknown as UnitSurroundings,
    stored,
    unitFor: ({ id }) => {
      const restore = () => {
        if (id === 'a') throw new TypeError('the disk is full');
      };
      const unit = { phase: 'idle', restore, skipGenerations: () => undefined, hadFinished: () => undefined };
      units.set(id, units.get(id) ?? unit);
      return units.get(id) as SupervisedUnit;
    },
    isGrouped: () => false,
    holdsLog: () => true,
  });
  const spec = specIn('/tmp');
  return { adoption, specs: ['a', 'b'].map((id) => spec(id, ['sleep', '1000'])), pid: child.pid };
}

test('adoption: one that cannot be taken over keeps nobody else from it, and is not forgotten', async () => {
  const { adoption, specs, pid } = await leave();
  const report = await adoption.adopt(specs);
  expect(report).toMatchObject({ adopted: [], notRunning: ['b'] });
  expect(report.failed).toMatchObject([{ id: 'a', error: { message: 'the disk is full' } }]);
  // Whoever starts it takes over what is left first, and fails as well: else there would be two.
  expect(adoption.hasLeft('a')).toBe(true);
  expect(adoption.orphans()).toMatchObject([{ processId: 'a', identity: { pid } }]);
  const [a] = specs;
  await expect(a && adoption.claim(a)).rejects.toThrow('the disk is full');
  expect(adoption.hasLeft('a')).toBe(true);
});

test('adoption: an orphan that cannot be ended stays one, and is not told as ended', async () => {
  const { adoption } = await leave();
  expect(await adoption.endOrphans(100)).toEqual([]);
  expect(adoption.orphans()).toMatchObject([{ processId: 'a' }]);
});
