import type { Alert } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';

const EXPORT = {
  resourceMetrics: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeMetrics: [],
    },
  ],
};
/** An alert that becomes active this long after its cause comes after all that the start of the daemon brings about. */
const LATER = { name: 'later', on: 'status', is: 'error', subsystems: 'later-*', for: '1s' };
const RULE = { name: 'broken', on: 'status', is: 'error', subsystems: 'shop' };

test('undeclared services: alerts of one that is watched from its first export outlive a start of the daemon', async () => {
  const own = await startDaemon({
    subsystems: { 'later-a': {}, 'later-b': {} },
    alerts: { rules: [RULE, LATER] },
  });
  await own.client().send('POST', '/v1/metrics', EXPORT);
  await own.client().send('POST', '/api/heartbeats', { subsystem: 'shop', status: 'error' });
  const alertsOf = async (name: string) => {
    const { alerts } = await own.client().get<{ alerts: Alert[] }>('/api/alerts?state=active');
    const ofIt = alerts.filter(({ subsystem }) => subsystem === name);
    return ofIt.map(({ id, labels }) => `${labels.rule} ${id}`).sort();
  };
  const both = (name: string) =>
    own.until(`both alerts of ${name}`, async () => {
      const found = await alertsOf(name);
      return found.length === 2 && found;
    });
  const before = await both('shop');
  for (const [signal, subsystem] of [
    ['SIGKILL', 'later-a'],
    ['SIGTERM', 'later-b'],
  ] as const) {
    await own.kill(signal);
    await own.up();
    await own.client().send('POST', '/api/heartbeats', { subsystem, status: 'error' });
    await both(subsystem);
    expect(await alertsOf('shop')).toEqual(before);
  }
});
