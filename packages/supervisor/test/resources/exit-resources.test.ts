import type { Pressure } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { CgroupFigures } from '../../src/resources/cgroup-figures.js';
import type { Confinement } from '../../src/resources/cgroups.js';
import { type EndedResources, exitResources, markResources } from '../../src/resources/exit-resources.js';

const NOTHING: CgroupFigures = {
  ...{ memoryKills: 0, memoryPeakBytes: undefined, forksRefused: 0, throttledMs: 0, pressure: undefined },
};
const SCARCE: Pressure = { memory: { some: 30, full: 10 } };

function confined(figures: Partial<CgroupFigures>): Confinement {
  return {
    ...{ prefix: [], notEnforced: [], limits: { pids: 5 } },
    figures: () => ({ ...NOTHING, ...figures }),
    memoryBytes: () => undefined,
    pids: () => [],
    ...{ beginRun: () => undefined, killAll: () => undefined, remove: () => undefined },
  };
}

function machine(memoryKills: number, pressure?: Pressure) {
  return { read: () => ({ memoryKills, pressure }) };
}

function ended(traits: Partial<EndedResources> = {}) {
  return exitResources({
    mark: { figures: NOTHING, machineKills: 3 },
    ...{ confinement: null, machine: machine(3), lastUse: undefined, wasKilled: true },
    ...traits,
  });
}

test('exit: of an agent without limits of which nothing was seen nothing is told', () => {
  expect(ended()).toBeUndefined();
});

test('exit: counted is what came in this run, the most telling first', () => {
  const mark = markResources(confined({ memoryKills: 2, forksRefused: 7, throttledMs: 50 }), machine(3));
  const confinement = confined({ memoryKills: 3, forksRefused: 9, throttledMs: 80, memoryPeakBytes: 99 });
  expect(ended({ mark, confinement })).toEqual({
    ...{ shortages: ['memory', 'pids'], memoryKills: 1, forksRefused: 2, throttledMs: 30 },
    ...{ memoryPeakBytes: 99, limits: { pids: 5 } },
  });
});

test('exit: a control group that was made anew begins to count anew', () => {
  const mark = markResources(confined({ forksRefused: 7 }), machine(3));
  expect(ended({ mark, confinement: confined({ forksRefused: 2 }) })?.forksRefused).toBe(2);
});

test('exit: the machine is out of memory only when the kernel ended somebody, memory is waited for, and it was SIGKILL', () => {
  expect(ended({ machine: machine(4, SCARCE) })).toMatchObject({
    shortages: ['machine-memory'],
    pressure: { of: 'machine', memory: { some: 30 } },
  });
  // Others may have reached limits of their own, and a person may have killed it.
  expect(ended({ machine: machine(4, { memory: { some: 1, full: 0 } }) })).toBeUndefined();
  expect(ended({ machine: machine(4) })).toBeUndefined();
  expect(ended({ machine: machine(3, SCARCE) })).toBeUndefined();
  expect(ended({ machine: machine(4, SCARCE), wasKilled: false })).toBeUndefined();
});

test('exit: what reached its own limit is not blamed on the machine', () => {
  const outcome = ended({ machine: machine(4, SCARCE), confinement: confined({ memoryKills: 1 }) });
  expect(outcome?.shortages).toEqual(['memory']);
});
