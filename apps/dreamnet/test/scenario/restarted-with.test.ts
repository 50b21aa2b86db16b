import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert, Incident, IntegrationGap, PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { ReactionOutcome } from '../../src/daemon/secret-desk.js';
import { type DaemonProcess, daemonOfTest, startDaemon } from './daemon-process.js';

const ps = async (it: DaemonProcess, name: string) =>
  (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents.find((one) => one.name === name);

const linesOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []);

/** They name files of the folder, which is there only now. */
const useAgents = (it: DaemonProcess, agents: object) =>
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents }));

/** Writes down what it was started with, each time, and stays. */
const noting = (file: string, rest: object) => ({
  runtime: 'custom',
  command: ['sh', '-c', 'echo "K=$K" >> "$0"; exec sleep 1000', file],
  restart: { intensity: 1000, period: '10s', backoff: { initial: '50ms', max: '100ms' } },
  ...rest,
});

test('restart: a value that was changed or deleted since is not given again after a crash', async () => {
  const it = daemonOfTest({ agents: {} });
  const [notes, value] = [join(it.folder, 'notes'), join(it.folder, 'value')];
  writeFileSync(value, 'first');
  const config = { K: { from: 'file', path: value, onChange: 'none' } };
  useAgents(it, { a: noting(notes, { bindings: [{ type: 'secrets', config }] }) });
  await it.up();
  await it.until('the first start', async () => linesOf(notes).length === 1);
  const crash = async () => process.kill((await ps(it, 'a'))?.pid ?? 0, 'SIGKILL');
  writeFileSync(value, 'second');
  await crash();
  await it.until('the second start', async () => linesOf(notes).length === 2);
  await it.until('the agent to run', async () => (await ps(it, 'a'))?.status === 'running');
  rmSync(value);
  await crash();
  await it.until('a refusal', async () =>
    it.cli('describe', 'a').stdout.includes('This restart was refused'),
  );
  writeFileSync(value, 'third');
  await it.until('the third start', async () => linesOf(notes).length === 3);
  expect(linesOf(notes)).toEqual(['K=first', 'K=second', 'K=third']);
});

test('restart: what a locked vault keeps back is not left out: the agent waits for it, and unlock gives it', async () => {
  const it = daemonOfTest({ agents: {} });
  const notes = join(it.folder, 'notes');
  const config = { K: { from: 'vault', key: 'key' } };
  useAgents(it, { a: noting(notes, { bindings: [{ type: 'secrets', config }] }) });
  await it.up();
  await it.client().send('PUT', '/api/vault/key', { value: 'kept' });
  await it.until('the first start', async () => linesOf(notes).length === 1);
  await it.client().send('POST', '/api/vault-key/seal', { passphrase: 'a passphrase of a test' });
  await it.kill('SIGKILL');
  await it.up();
  const warned = async () =>
    (await it.client().get<{ alerts: Alert[] }>('/api/alerts')).alerts.find(
      ({ labels, message }) => labels.rule === 'secrets_locked' && message.includes('(a)'),
    );
  expect(await it.until('the warning', warned)).toMatchObject({ severity: 'warning' });
  process.kill((await ps(it, 'a'))?.pid ?? 0, 'SIGKILL');
  await it.until('a refusal', async () =>
    it.cli('describe', 'a').stdout.includes('This restart was refused'),
  );
  expect(linesOf(notes)).toEqual(['K=kept']);
  await it.client().send('POST', '/api/vault-key/unlock', { passphrase: 'a passphrase of a test' });
  await it.until('the next start', async () => linesOf(notes).length === 2);
  expect(linesOf(notes)).toEqual(['K=kept', 'K=kept']);
});

test('restart: a secret that is missing is a gap from the first refusal, told once, and over when the agent starts by itself', async () => {
  const it = daemonOfTest({ agents: {} });
  const [notes, value] = [join(it.folder, 'notes'), join(it.folder, 'value')];
  writeFileSync(value, 'first');
  const config = { K: { from: 'file', path: value, onChange: 'none' } };
  const restart = { intensity: 2, period: '10m', backoff: { initial: '50ms', max: '100ms' } };
  useAgents(it, { a: noting(notes, { restart, bindings: [{ type: 'secrets', config }] }) });
  await it.up();
  await it.until('the agent to run', async () => (await ps(it, 'a'))?.status === 'running');
  rmSync(value);
  process.kill((await ps(it, 'a'))?.pid ?? 0, 'SIGKILL');
  const gapsOf = async () => (await it.client().get<{ gaps: IntegrationGap[] }>('/api/gaps')).gaps;
  await it.until('the gap', async () => (await gapsOf()).length > 0);
  expect(await gapsOf()).toMatchObject([{ subsystem: 'a', type: 'configuration_issue' }]);
  const nextTry = async () => (await ps(it, 'a'))?.nextAttemptAt ?? 0;
  const seen = new Set<number>();
  await it.until('more tries than the intensity allows', async () => seen.add(await nextTry()).size > 6);
  expect(await ps(it, 'a')).toMatchObject({ status: 'pending', restarts: 0 });
  expect(it.cli('ps').stdout).toContain(value);
  expect(it.cli('describe', 'a').stdout).toContain(value);
  const { incidents } = await it.client().get<{ incidents: Incident[] }>('/api/incidents');
  const stages = incidents.flatMap((one) => one.stages);
  const escalated = stages.filter(({ stage }) => stage === 'escalated');
  expect(escalated).toHaveLength(1);
  expect(escalated[0]?.summary).toContain('a person is needed');
  expect(escalated[0]?.summary).toContain(value);
  expect(stages.filter(({ stage }) => stage === 'planned').length).toBeLessThanOrEqual(1);
  writeFileSync(value, 'second');
  await it.until('the agent to run', async () => (await ps(it, 'a'))?.status === 'running');
  await it.until('no gap', async () => (await gapsOf()).length === 0);
  expect(linesOf(notes)).toEqual(['K=first', 'K=second']);
});

test('restart: a value that was wrong is mended by setting it, without waiting for the next try', async () => {
  const it = await startDaemon({
    agents: {
      a: {
        runtime: 'custom',
        command: ['sh', '-c', '[ "$K" = good ] || exit 1; exec sleep 1000'],
        restart: { intensity: 1, period: '10s', retryAfter: '1h', backoff: { max: '10ms' } },
        bindings: [{ type: 'secrets', config: { K: { from: 'vault', key: 'key' } } }],
      },
    },
  });
  await it.client().send('PUT', '/api/vault/key', { value: 'bad' });
  await it.until('it to give up', async () => (await ps(it, 'a'))?.phase === 'broken');
  const { outcomes } = await it
    .client()
    .send<{ outcomes: ReactionOutcome[] }>('PUT', '/api/vault/key', { value: 'good' });
  expect(outcomes).toMatchObject([{ agent: 'a', action: 'start', ok: true }]);
  expect((await ps(it, 'a'))?.status).toBe('running');
});

test('return: who had done its work when the daemon was killed is not started a second time; an orderly start is another matter', async () => {
  const it = daemonOfTest({ agents: {} });
  const notes = join(it.folder, 'notes');
  const once = (policy: string, code: number) => ({
    runtime: 'custom',
    command: ['sh', '-c', `echo ${policy}${code} >> "$0"; exit ${code}`, notes],
    restart: { policy },
  });
  const agents = { t0: once('temporary', 0), t9: once('temporary', 9), d0: once('transient', 0) };
  useAgents(it, { ...agents, stays: noting(notes, {}) });
  await it.up();
  await it.until('all to have run', async () => linesOf(notes).length === 4);
  await it.until('their ends', async () => {
    const phases = await Promise.all(Object.keys(agents).map(async (name) => (await ps(it, name))?.phase));
    return phases.every((phase) => phase === 'exited');
  });
  await it.kill('SIGKILL');
  await it.up();
  await it.until('the other one', async () => (await ps(it, 'stays'))?.status === 'running');
  expect(linesOf(notes)).toHaveLength(4);
  it.cli('down');
  await it.up();
  await it.until('all to have run again', async () => linesOf(notes).length === 8);
});

test('end: secrets that were files in memory are gone with the daemon and its agents', async (ctx) => {
  if (!existsSync('/dev/shm')) return ctx.skip('no file system in memory at /dev/shm');
  const it = await startDaemon({
    agents: {
      a: noting('/dev/null', {
        bindings: [{ type: 'secrets', config: { K: { from: 'vault', key: 'key', as: 'file' } } }],
      }),
    },
  });
  await it.client().send('PUT', '/api/vault/key', { value: 'in memory' });
  await it.until('the agent to run', async () => (await ps(it, 'a'))?.status === 'running');
  const folder = `/dev/shm/dreamnet-${readFileSync(join(it.stateDir, 'instance'), 'utf8').trim()}`;
  expect(readdirSync(join(folder, 'a'))).toEqual(['K']);
  it.cli('down');
  expect(existsSync(folder)).toBe(false);
});
