import type { LivenessSignal, SupervisedGroup, SupervisedPhase } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createLeftDownWatch } from '../../src/daemon/left-down.js';

const MINUTE = 60_000;

/** What holds for the one agent `a` and its group `g`; each may be changed while the clock goes on. */
function rig(changed: Partial<Facts> = {}) {
  const facts: Facts = { ...QUIET, ...changed };
  const clock = createFakeClock();
  const signals: LivenessSignal[] = [];
  const watched: string[] = [];
  const parts = {
    clock,
    core: { signal: (signal: LivenessSignal) => void signals.push(signal) },
    linker: { isBusy: () => facts.isBusy },
    supervisor: {
      identityOf: () => (facts.runs ? { pid: 1, startTicks: 1, bootId: '' } : null),
      get: () => ({ phase: facts.phase }),
      groups: () => [
        { name: 'g', members: ['a'], parent: 'around', phase: facts.group },
        { name: 'around', members: ['g'], parent: null, phase: facts.around },
      ],
    },
  };
  const fleet = {
    list: () => [{ name: 'a', agent: 'a', problems: facts.problems }],
    record: () => facts.record,
    watch: (name: string) => void watched.push(name),
    waitOf: () => (facts.waits ? { for: ['b'], since: 0, until: null } : undefined),
    isStopped: () => facts.isStopped,
    isComing: () => facts.isComing,
    isRenewed: () => facts.isRenewed,
    isEnding: () => facts.isEnding,
    isLeaving: () => facts.isLeaving,
  };
  const watch = createLeftDownWatch(parts as never, fleet as never);
  watch.start();
  return { facts, clock, signals, watched, watch };
}

interface Facts {
  runs: boolean;
  phase: SupervisedPhase;
  isBusy: boolean;
  group: SupervisedGroup['phase'];
  around: SupervisedGroup['phase'];
  problems: readonly object[];
  record: object | undefined;
  waits: boolean;
  isStopped: boolean;
  isComing: boolean;
  isRenewed: boolean;
  isEnding: boolean;
  isLeaving: boolean;
}

/** Down, and nobody has it in hand. */
const QUIET: Facts = {
  ...{ runs: false, phase: 'waiting', isBusy: false, group: 'running', around: 'running' },
  ...{ problems: [], record: undefined, waits: false },
  ...{ isStopped: false, isComing: false, isRenewed: false, isEnding: false, isLeaving: false },
};

test('left down: who waits in a group that is not at work is told dead once, and watched again', async () => {
  const { clock, signals, watched } = rig();
  await clock.advance(MINUTE / 2);
  expect(signals).toEqual([]);
  await clock.advance(10 * MINUTE);
  expect(watched).toEqual(['a']);
  expect(signals).toEqual([
    {
      ...{ subsystem: 'a', state: 'dead', at: expect.any(Number), evidence: { phase: 'waiting' } },
      reason: 'no process of it runs, and nobody is about to start it',
    },
  ]);
});

test('left down: so is one that has no process, misses nothing and that nobody is starting, whatever its status is called', async () => {
  const { clock, signals } = rig({ phase: 'idle' });
  await clock.advance(2 * MINUTE);
  expect(signals).toHaveLength(1);
});

test.each<[string, Partial<Facts>]>([
  ['it runs', { runs: true, phase: 'running' }],
  ['somebody stopped it', { isStopped: true, phase: 'idle' }],
  ['something it needs is missing, which is told of already', { problems: [{}], phase: 'idle' }],
  ['it waits for whom it comes after', { waits: true, phase: 'idle' }],
  ['its start was begun in order', { isComing: true, phase: 'idle' }],
  ['it is being started', { phase: 'idle', isBusy: true }],
  ['it is being replaced because the file changed', { isRenewed: true }],
  ['it is being ended', { isEnding: true }],
  ['it leaves', { isLeaving: true }],
  ['its replicas are replaced one after the other', { record: { rolling: { phase: 'starting' } } }],
  ['its group restarts', { group: 'restarting' }],
  ['its group waits for its next try', { group: 'broken' }],
  ['the group around its own restarts', { around: 'restarting' }],
  ['its backoff goes on', { phase: 'backoff' }],
  ['its circuit is open', { phase: 'broken' }],
  ['it is done with its work', { phase: 'exited' }],
])('left down: nothing is told while %s', async (_why, changed) => {
  const { clock, signals } = rig(changed);
  await clock.advance(10 * MINUTE);
  expect(signals).toEqual([]);
});

test('left down: one that came back is told of again when it is left again; after the end nobody looks', async () => {
  const { facts, clock, signals, watch } = rig();
  await clock.advance(2 * MINUTE);
  facts.runs = true;
  await clock.advance(MINUTE);
  facts.runs = false;
  await clock.advance(2 * MINUTE);
  expect(signals).toHaveLength(2);
  facts.runs = true;
  await clock.advance(MINUTE);
  watch.stop();
  facts.runs = false;
  await clock.advance(10 * MINUTE);
  expect(signals).toHaveLength(2);
});
