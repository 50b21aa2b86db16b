import type { Alert, Notification } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type AlertRule, createDreamNetOSCore } from '../../src/index.js';
import { createTestStore } from '../support.js';

const DEPTH: AlertRule = {
  name: 'queue-long',
  trigger: { on: 'metric', metric: 'queue', when: { operator: '>', threshold: 100 } },
  severity: 'warning',
};

/** A queue that grows by one each second from 200 on, and what is said of it, with the second in which it was said. */
async function rigOf(rule: AlertRule, groupWaitMs: number) {
  const clock = createFakeClock(Date.UTC(2026, 10, 21, 12));
  const { store } = createTestStore();
  let second = 0;
  const said: string[] = [];
  const hooked: string[] = [];
  let writes = 0;
  const notify = async ({ alerts }: Notification) => {
    for (const { annotations } of alerts) said.push(`${second}: ${annotations.summary}`);
  };
  const core = createDreamNetOSCore({
    clock,
    store: {
      ...store,
      commit: (batch) => {
        writes += batch.filter((write) => write.op === 'put' && write.collection === 'alerts').length;
        return store.commit(batch);
      },
    },
    policy: { default: 'off' },
    rules: [rule],
    notify: ({ message }: Alert, status) => void hooked.push(`${second}: ${status}: ${message}`),
    delivery: {
      route: {
        receiver: 'ops',
        groupBy: ['alertname'],
        groupWaitMs,
        groupIntervalMs: 10_000,
        repeatIntervalMs: 45_000,
      },
      inhibitRules: [],
      timeIntervals: {},
      receivers: { ops: [{ name: 'hook', notify }] },
    },
  });
  core.watch('mail', {});
  await core.start();
  const grow = async (seconds: number) => {
    for (const until = second + seconds; second < until; second += 1) {
      core.heartbeat({ subsystem: 'mail', status: 'ok', metrics: { queue: 200 + second } });
      await clock.advance(1000);
    }
  };
  return { core, said, hooked, grow, writes: () => writes };
}

test('newest value: the first notification and each repeated one say what was found last, not what was written last', async () => {
  const { core, said, grow, writes } = await rigOf(DEPTH, 10_000);
  await grow(110);
  // The report of the very second comes before the look.
  expect(said).toEqual([
    '9: mail: queue is 209, above 100',
    '59: mail: queue is 259, above 100',
    '109: mail: queue is 309, above 100',
  ]);
  // Found and active, then every half minute and for each notification.
  expect(writes()).toBeLessThan(14);
  await core.stop();
});

test('newest value: an alert that had to hold first is told with the value it has when it is told', async () => {
  const { core, said, hooked, grow } = await rigOf({ ...DEPTH, forMs: 25_000 }, 0);
  await grow(26);
  expect(hooked).toEqual(['24: firing: mail: queue is 224, above 100']);
  expect(said).toEqual(['24: mail: queue is 224, above 100']);
  await core.stop();
});
