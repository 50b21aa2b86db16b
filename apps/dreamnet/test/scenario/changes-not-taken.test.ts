import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { SecretView } from '../../src/daemon/secret-desk.js';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { echoAgent, scaleOf } from './echo-agent.js';

const web = (more: object = {}) =>
  echoAgent({ replicas: 2, rolling: { readyWithin: '1s', drainWithin: '10s' }, ...more });
/** A file that is there: with it the agent answers 503. */
const BAD = 'dreamnet.yaml';

async function start(agents: object): Promise<DaemonProcess> {
  const own = await startDaemon({ agents });
  await own.until('both to serve', async () => (await scaleOf(own)).serving === 2);
  return own;
}

const stopped = (own: DaemonProcess, since = 0) =>
  own.until('the rolling restart to stop', async () => {
    const { rolling } = await scaleOf(own);
    return rolling?.phase === 'stopped' && rolling.startedAt > since && rolling;
  });

const alertOf = (own: DaemonProcess) =>
  own.until('an alert about web', async () => {
    const { alerts } = await own.client().get<{ alerts: AlertView[] }>('/api/alerts?state=active');
    return alerts.find(({ subsystem }) => subsystem === 'web');
  });

const isQuiet = (own: DaemonProcess) =>
  own.until('the alert to end', async () => {
    const { alerts } = await own.client().get<{ alerts: AlertView[] }>('/api/alerts?state=active');
    return alerts.every(({ subsystem }) => subsystem !== 'web');
  });

test('a change of the file that no process took is an alert, a finding and tried again until one does', async () => {
  const own = await start({ web: web() });
  const write = (agent: object) =>
    writeFileSync(join(own.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents: { web: agent } }));
  write(web({ env: { BROKEN_FILE: BAD } }));
  own.cli('apply');
  const first = await stopped(own);
  expect(first.notReplaced).toEqual(['web#1', 'web#2']);
  const alert = await alertOf(own);
  expect(alert.severity).toBe('warning');
  expect(alert.message).toMatch(/a change of the fleet file, by .*stopped: .*is not ready after 1 s/);
  expect(alert.message).toContain(
    "web#1, web#2 run as before it; 'dreamnet restart web --rolling' tries again",
  );
  expect(own.cli('doctor').stdout).toMatch(/changes .*web#1, web#2 run as before it/);
  expect(own.cli('scale', 'web').stdout).toContain('not replaced: web#1, web#2');
  expect(own.cli('ps').stdout).toContain('not replaced by a rolling restart that stopped: web#1, web#2');
  await own.kill('SIGKILL');
  await own.up();
  expect((await scaleOf(own)).rolling?.notReplaced).toEqual(['web#1', 'web#2']);
  const again = own.cli('apply');
  expect(again.stdout).toContain(
    'web: its replicas are replaced one after the other, again; the last try stopped',
  );
  await stopped(own, first.startedAt);
  expect((await alertOf(own)).id).toBe(alert.id);
  write(web({ env: { BROKEN_FILE: 'none' } }));
  own.cli('apply');
  await own.until(
    'the rolling restart to be done',
    async () => (await scaleOf(own)).rolling?.phase === 'done',
  );
  await isQuiet(own);
  expect(own.cli('doctor').stdout).toMatch(/changes .*no process was left behind/);
});

test('a secret that no process took: the secret says which version each of them holds', async () => {
  const own = await startDaemon({
    agents: {
      web: web({ bindings: [{ type: 'secrets', config: { BROKEN_FILE: { from: 'vault', key: 'k' } } }] }),
    },
  });
  const set = (value: string) => own.client().send('PUT', '/api/vault/k', { value });
  const secret = () => own.client().get<SecretView>('/api/vault/k');
  await set('none');
  await own.until('both to serve', async () => (await scaleOf(own)).serving === 2);
  expect((await secret()).behind).toEqual([]);
  await set(BAD);
  await stopped(own);
  expect((await secret()).behind).toEqual([
    { process: 'web#1', version: 1 },
    { process: 'web#2', version: 1 },
  ]);
  expect(own.cli('secrets').stdout).toContain('web#1 (version 1), web#2 (version 1)');
  expect((await alertOf(own)).message).toContain("for 'setting k' stopped");
  await set('other');
  await own.until(
    'the rolling restart to be done',
    async () => (await scaleOf(own)).rolling?.phase === 'done',
  );
  expect((await secret()).behind).toEqual([]);
  await isQuiet(own);
});
