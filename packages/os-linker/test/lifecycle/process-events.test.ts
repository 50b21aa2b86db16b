import type { EventData, ExitRecord, ProcessIdentity } from '@dreamnet/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLinkerBench, describeAgent, type LinkerBench, PLAN } from '../fixtures/linker-bench.js';

let bench: LinkerBench;
let first: ProcessIdentity;
const identity = (pid: number): ProcessIdentity => ({ pid, startTicks: pid * 10, bootId: 'boot' });
const exit = (more: Partial<ExitRecord> = {}): ExitRecord => ({
  at: 0,
  code: null,
  signal: null,
  isKnown: true,
  stderrTail: [],
  ...more,
});
type Seen = 'process.started' | 'process.exited' | 'process.phase-changed' | 'process.circuit-opened';
const feed = <T extends Seen>(type: T, data: EventData[T], subject = 'agent') =>
  bench.linker.onProcessEvent({ id: 'e', at: 0, source: 'supervisor', type, subject, data } as never);
const status = () => bench.linker.getProcess('agent')?.status;

beforeEach(async () => {
  bench = createLinkerBench();
  await bench.linker.open();
  await bench.linker.registerProcess(describeAgent('agent'), PLAN);
  await bench.linker.start('agent');
  first = bench.runtime.identityOf('agent') ?? identity(0);
});
afterEach(() => bench.dispose());

test('exit: killed and started again is running, error, running', () => {
  feed('process.exited', { identity: first, exit: exit({ signal: 'SIGKILL' }) });
  expect(status()).toBe('error');
  bench.runtime.set('agent', 'running', identity(2000));
  feed('process.phase-changed', { from: 'running', to: 'starting', nextAttemptAt: null });
  feed('process.started', { identity: identity(2000), attempt: 2, isAdopted: false });
  expect(status()).toBe('running');
  expect(bench.statusChanges('agent').slice(2)).toEqual(['running>error', 'error>running']);
  expect(bench.linker.history('agent').at(-2)?.because).toBe('signal SIGKILL');
});

test('exit: with code 0 it is stopped, with another it is an error, unseen it is an error', () => {
  const cases: [Partial<ExitRecord>, string][] = [
    [{ code: 0 }, 'stopped'],
    [{ code: 7 }, 'error'],
    [{ isKnown: false }, 'error'],
  ];
  for (const [how, expected] of cases) {
    feed('process.started', { identity: first, attempt: 1, isAdopted: false });
    feed('process.exited', { identity: first, exit: exit(how) });
    expect(status()).toBe(expected);
  }
});

test('exit: news of a process that was replaced changes nothing', () => {
  feed('process.started', { identity: identity(2000), attempt: 2, isAdopted: false });
  expect(feed('process.exited', { identity: first, exit: exit({ code: 1 }) })).toBeUndefined();
  expect(status()).toBe('running');
});

test('exit: while it is being stopped, ended by SIGTERM is stopped and not an error', async () => {
  const stop = bench.runtime.stop.bind(bench.runtime);
  bench.runtime.stop = async (handle, io, deadlineMs) => {
    feed('process.exited', { identity: first, exit: exit({ signal: 'SIGTERM' }) });
    return stop(handle, io, deadlineMs);
  };
  await bench.linker.stop('agent');
  expect(bench.statusChanges('agent').slice(2)).toEqual(['running>stopped']);
});

test('backoff: it waits as pending', () => {
  bench.runtime.set('agent', 'backoff');
  feed('process.exited', { identity: first, exit: exit({ code: 1 }) });
  feed('process.phase-changed', { from: 'running', to: 'backoff', nextAttemptAt: 1 });
  expect(status()).toBe('pending');
});

test('crash loop: an open circuit is an error, a trial that lives is running again', () => {
  bench.runtime.set('agent', 'broken');
  feed('process.exited', { identity: first, exit: exit({ code: 3 }) });
  feed('process.phase-changed', { from: 'running', to: 'broken', nextAttemptAt: 1 });
  feed('process.circuit-opened', { restarts: 4, periodMs: 1000, retryAt: 1, lastExit: null });
  expect(status()).toBe('error');
  expect(bench.linker.history('agent').at(-1)?.because).toBe('4 restarts within 1000 ms: no more for now');
  bench.runtime.set('agent', 'running', identity(2000));
  feed('process.started', { identity: identity(2000), attempt: 5, isAdopted: false });
  expect(status()).toBe('running');
});

test('phase: a late one about an earlier process is not believed, the host’s own phase is', () => {
  for (const to of ['idle', 'backoff', 'broken', 'exited', 'starting', 'stopping'] as const) {
    feed('process.phase-changed', { from: 'running', to, nextAttemptAt: null });
    expect(status()).toBe('running');
  }
});

test('phase: ended for good is stopped after code 0 and an error after another', () => {
  for (const [code, expected] of [
    [0, 'stopped'],
    [3, 'error'],
  ] as const) {
    bench.runtime.set('agent', 'exited');
    Object.assign(bench.runtime.host.get('agent') ?? {}, { lastExit: exit({ code }) });
    feed('process.started', { identity: first, attempt: 1, isAdopted: false });
    feed('process.phase-changed', { from: 'running', to: 'exited', nextAttemptAt: null });
    expect(status()).toBe(expected);
  }
});

test('events: twice is once, and what is not ours is not taken', () => {
  const before = bench.published.length;
  feed('process.started', { identity: first, attempt: 1, isAdopted: false });
  feed('process.started', { identity: first, attempt: 1, isAdopted: false });
  expect(
    feed('process.started', { identity: first, attempt: 1, isAdopted: false }, 'stranger'),
  ).toBeUndefined();
  expect(bench.published.length).toBe(before);
});

test('events: they are stored, and a store that fails is told without stopping anything', async () => {
  bench.store.failNext(1);
  feed('process.exited', { identity: first, exit: exit({ code: 1 }) });
  await bench.clock.advance(0);
  expect(bench.published.at(-1)).toMatchObject({ type: 'store.failed', data: { error: 'disk full' } });
  feed('process.started', { identity: identity(2000), attempt: 2, isAdopted: false });
  await bench.clock.advance(0);
  expect(await bench.store.read('processes', 'agent')).toMatchObject({
    identity: '2000:20000',
    descriptor: { status: 'running' },
  });
});

test('events: what the store holds already is not written again, unless it could not be written', async () => {
  const started = { identity: identity(2000), attempt: 2, isAdopted: false };
  bench.store.failNext(1);
  feed('process.started', started);
  await bench.clock.advance(0);
  const before = bench.store.commits.length;
  feed('process.started', started);
  await bench.clock.advance(0);
  expect(await bench.store.read('processes', 'agent')).toMatchObject({ identity: '2000:20000' });
  expect(bench.store.commits.length).toBe(before + 1);
  feed('process.started', started);
  await bench.clock.advance(0);
  expect(bench.store.commits.length).toBe(before + 1);
});

test('phase: secret files of one that has ended for good are removed, those of one that starts again are not', async () => {
  const cleared: string[] = [];
  const secretFiles = {
    pathOf: () => '/nowhere',
    read: async () => undefined,
    problem: async () => undefined,
    write: async () => undefined,
    clear: async (processId: string) => void cleared.push(processId),
    clearAll: async () => undefined,
  };
  const linker = bench.reborn({ secretFiles });
  await linker.open();
  const tell = (phase: 'backoff' | 'exited') => {
    bench.runtime.set('agent', phase);
    const data = { from: 'running', to: phase, nextAttemptAt: null } as const;
    linker.onProcessEvent({
      ...{ id: 'e', at: 0, source: 'supervisor', type: 'process.phase-changed', subject: 'agent', data },
    });
  };
  tell('backoff');
  await linker.renewSecrets('agent', []);
  expect(cleared).toEqual([]);
  tell('exited');
  await linker.close();
  expect(cleared).toEqual(['agent']);
});
