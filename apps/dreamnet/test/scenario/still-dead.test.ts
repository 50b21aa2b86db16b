import type { Alert, Incident, PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { ps } from './noted-fleet.js';

const ends = (code: number, restart: object) => ({
  ...{ runtime: 'custom', command: ['sh', '-c', `exit ${code}`] },
  restart,
});
const QUICK = { initial: '20ms', max: '50ms' };

const FLEET = {
  agents: {
    well: { runtime: 'custom', command: ['sleep', '1000'] },
    loops: ends(3, { intensity: 2, period: '30s', retryAfter: '10m', backoff: QUICK }),
    once: ends(4, { policy: 'temporary' }),
    done: ends(0, { policy: 'temporary' }),
    culprit: ends(5, { backoff: QUICK }),
    member: { runtime: 'custom', command: ['sleep', '1000'] },
  },
  groups: {
    g: {
      members: ['culprit', 'member'],
      strategy: 'one_for_all',
      intensity: 1,
      period: '30s',
      retryAfter: '10m',
    },
  },
};

async function openAlerts(it: DaemonProcess): Promise<string[]> {
  const { alerts } = await it.client().get<{ alerts: Alert[] }>('/api/alerts?state=recent');
  return alerts
    .filter(({ type }) => type === 'error')
    .map(({ id, subsystem, state }) => `${subsystem} ${state} ${id}`)
    .sort();
}

async function incidents(it: DaemonProcess): Promise<string[]> {
  const found = await it.client().get<{ incidents: Incident[] }>('/api/incidents');
  return found.incidents.map(({ id, state }) => `${id} ${state}`).sort();
}

const liveness = ({ health }: PsEntry) => `${health.liveness.state}: ${health.liveness.reason}`;

test.each<[string, (it: DaemonProcess) => Promise<void>]>([
  ['was killed', (it) => it.kill('SIGKILL')],
  [
    'left its agents running',
    async (it) => {
      expect(it.cli('down', '--leave-running').status).toBe(0);
      // It answers before it has ended.
      await it.kill('SIGTERM');
    },
  ],
])(
  'a daemon after one that %s: who was dead stays dead with its reason, its alert and its incident go on',
  async (_, end) => {
    const it = await startDaemon(FLEET);
    await it.until('three of them to be given up', async () => {
      const phases = await ps(it);
      const isDown = ['loops', 'culprit'].every((name) => phases.get(name)?.phase === 'broken');
      return isDown && phases.get('once')?.phase === 'exited' && phases.get('done')?.phase === 'exited';
    });
    const alerts = await it.until('their alerts', async () => {
      const found = await openAlerts(it);
      return found.length === 3 && found.every((one) => one.includes(' active ')) && found;
    });
    const before = await incidents(it);
    await end(it);
    await it.up();
    // Killed before its last words were on disk, the group is tried once more.
    const now = await it.until('the group to be given up', async () => {
      const found = await ps(it);
      return found.get('culprit')?.phase === 'broken' && found;
    });
    const of = (name: string) => liveness(now.get(name) as PsEntry);
    expect(of('loops')).toBe('dead: crash loop: it ended again and again (last: exit code 3)');
    expect(of('once')).toBe('dead: no process (last: exit code 4)');
    expect(of('culprit')).toMatch(
      /^dead: the group 'g' gave up: 'culprit' ended (once too often within 30 s|in try 1)/,
    );
    for (const name of ['done', 'member']) expect(of(name)).not.toMatch(/^dead/);
    await it.until('the well one to be looked at', async () => {
      return (await ps(it)).get('well')?.health.liveness.state === 'alive';
    });
    expect(await openAlerts(it)).toEqual(alerts);
    expect(await incidents(it)).toEqual(before);
    expect(it.cli('describe', 'loops').stdout).toMatch(/crash loop/);
  },
);
