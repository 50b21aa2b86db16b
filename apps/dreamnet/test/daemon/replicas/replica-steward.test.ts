import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { ReplicaSteward, type StewardOptions } from '../../../src/daemon/replicas/replica-steward.js';

/** A record of one replica that does not run. @returns what the steward has done to the processes */
function oneMissing(): { steward: ReplicaSteward; done: string[] } {
  const done: string[] = [];
  const replicas = [{ slot: 1, port: null, isLeaving: false }];
  const record = { agent: 'web', declared: 1, desired: 1, replicas, rolling: null, decisions: [] };
  const note = (what: string) => async (id: string) => {
    done.push(`${what} ${id}`);
  };
  const options = {
    parts: { clock: createFakeClock(), onTrouble: (text: string) => done.push(text) },
    book: { get: () => record, change: async () => record },
    processes: { find: () => ({}), get: () => ({}), start: note('start') },
    ...{ secure: async () => undefined, withPorts: async () => record, loadedFor: () => ({}) },
    ...{ isStopped: () => false, listeners: new Set() },
  };
  return { steward: new ReplicaSteward(options as unknown as StewardOptions), done };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('steward: while the daemon starts it starts and ends nobody, whatever it is told', async () => {
  const { steward, done } = oneMissing();
  steward.hold('web');
  steward.settle('web');
  await turn();
  expect(done).toEqual([]);
  steward.release('web');
  steward.settle('web');
  await turn();
  expect(done).toEqual(['start web#1']);
});
