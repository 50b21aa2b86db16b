import type { StopAccount } from '@dreamnet/contracts';
import { sleep, systemClock } from '@dreamnet/kit';
import { fixtureCommand } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { exists, type Harness, logLine, startHarness } from '../fixtures/harness.js';

const READS = ['sh', '-c', 'cat >/dev/null; exit 0'];
const trapping = (signal: string) => [
  'sh',
  '-c',
  `trap "exit 9" ${signal}; echo ready; while :; do sleep 0.05; done`,
];

/** The record on disk is what tells that the signal was sent. */
async function signalled({ store }: Harness, id: string): Promise<void> {
  const steps = () => (store.values.get(id) as { stop?: StopAccount } | undefined)?.stop?.steps ?? [];
  while (!steps().some(({ rung }) => rung === 'signal')) await sleep(systemClock(), 5);
}

async function stopped({ supervisor, events }: Harness, id: string): Promise<StopAccount> {
  await supervisor.stop(id);
  const [told] = events.ofType('process.stopped', id);
  const stop = supervisor.get(id)?.lastExit?.stop;
  expect(told?.stop).toMatchObject({ at: stop?.at, isProven: true });
  if (!stop) throw new TypeError('no account of the stop');
  return stop;
}

test('stop: what reads its input leaves at its end, and gets no signal', async () => {
  const harness = await startHarness();
  await harness.supervisor.launch(harness.spec('a', READS, { stdio: 'pipe' }));
  const stop = await stopped(harness, 'a');
  expect(stop.steps).toMatchObject([{ rung: 'stdin', signal: null, asked: 1, left: 0 }]);
  expect(stop.summary).toMatch(/^asked over stdin, left after \d/);
  expect(harness.supervisor.get('a')?.lastExit).toMatchObject({ code: 0, signal: null });
});

test('stop: a process that is stopped reads the end of its input all the same', async () => {
  const harness = await startHarness();
  const { identity } = await harness.supervisor.launch(harness.spec('a', READS, { stdio: 'pipe' }));
  process.kill(identity?.pid ?? 0, 'SIGSTOP');
  const stop = await stopped(harness, 'a');
  expect(stop.steps.map(({ rung }) => rung)).toEqual(['stdin']);
});

test('stop: what does not read its input gets the signal after its time, within the one deadline', async () => {
  const harness = await startHarness();
  const spec = harness.spec('a', ['sleep', '1000'], { stdio: 'pipe', stop: { stdinMs: 60 } });
  await harness.supervisor.launch(spec);
  const stop = await stopped(harness, 'a');
  expect(stop.steps).toMatchObject([
    { rung: 'stdin', asked: 1, left: 1 },
    { rung: 'signal', signal: 'SIGTERM', asked: 1, left: 0 },
  ]);
  expect(harness.supervisor.get('a')?.lastExit).toMatchObject({ signal: 'SIGTERM' });
});

test.each(['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1'] as const)(
  'stop: %s is sent when it is asked for',
  async (signal) => {
    const harness = await startHarness();
    await harness.supervisor.launch(harness.spec('a', trapping(signal.slice(3)), { stop: { signal } }));
    await logLine(harness.supervisor, 'a', /ready/);
    const stop = await stopped(harness, 'a');
    expect(stop.steps.at(0)).toMatchObject({ rung: 'signal', signal });
    // The shell is the main process, and its own code shows that it was the signal that reached it.
    expect(harness.supervisor.get('a')?.lastExit).toMatchObject({ code: 9 });
  },
);

test('stop: a signal nobody can be asked with is refused before anything starts', async () => {
  const { supervisor, spec } = await startHarness();
  const stop = { signal: 'SIGKILL' as 'SIGTERM' };
  await expect(supervisor.launch(spec('a', ['sleep', '9'], { stop }))).rejects.toMatchObject({
    code: 'DN_SUPERVISOR_SPEC_INVALID',
    message: expect.stringContaining('SIGTERM, SIGINT'),
  });
});

test('stop: what ignores the signal is killed with all it started, and that is told', async () => {
  const harness = await startHarness();
  const { supervisor, spec } = harness;
  await supervisor.launch(spec('a', fixtureCommand('ignores-sigterm.sh'), { stopDeadlineMs: 150 }));
  await logLine(supervisor, 'a', /ready/);
  const stop = await stopped(harness, 'a');
  expect(stop.steps.map(({ rung }) => rung)).toEqual(['signal', 'kill']);
  expect(stop.summary).toMatch(/SIGTERM.*; killed: \d+ process(es)? ended$/);
  expect(supervisor.get('a')?.lastExit).toMatchObject({ signal: 'SIGKILL', stop: { isProven: true } });
});

test('stop: descendants that changed session or forked twice are asked by the signal, and counted', async () => {
  const harness = await startHarness();
  const { supervisor, spec } = harness;
  await supervisor.launch(spec('a', fixtureCommand('leaks-child.sh')));
  await logLine(supervisor, 'a', /ready/);
  const lines = await supervisor.readLog('a', { stream: 'out' });
  const pids = lines.flatMap((line) => line.match(/\d+/)?.map(Number) ?? []);
  const stop = await stopped(harness, 'a');
  expect(stop.steps[0]?.asked).toBeGreaterThan(pids.length);
  expect(pids.filter(exists)).toEqual([]);
});

test('stop: a second one quickens it: what is still there is killed now', async () => {
  const harness = await startHarness();
  const { supervisor, spec, events } = harness;
  await supervisor.launch(spec('a', fixtureCommand('ignores-sigterm.sh'), { stopDeadlineMs: 600_000 }));
  await logLine(supervisor, 'a', /ready/);
  const first = supervisor.stop('a');
  await signalled(harness, 'a');
  await supervisor.stop('a', 0);
  await first;
  expect(events.ofType('process.stopped', 'a')).toMatchObject([
    { stop: { isProven: true, steps: [{ rung: 'signal' }, { rung: 'kill', left: 0 }] } },
  ]);
});

test('stop: a shutdown of all can be quickened, too', async () => {
  const harness = await startHarness();
  const { supervisor, spec } = harness;
  for (const id of ['a', 'b'])
    await supervisor.launch(spec(id, fixtureCommand('ignores-sigterm.sh'), { stopDeadlineMs: 600_000 }));
  for (const id of ['a', 'b']) await logLine(supervisor, id, /ready/);
  // One after the other: the second of them has not been asked when it is quickened.
  const ending = supervisor.shutdown({ leaveRunning: false, steps: [['a'], ['b']] });
  await signalled(harness, 'a');
  supervisor.hurry(0);
  await ending;
  expect(supervisor.list().map(({ phase }) => phase)).toEqual(['idle', 'idle']);
});

test('stop: an end by itself has no account of a stop', async () => {
  const { supervisor, spec, events } = await startHarness();
  await supervisor.launch(spec('a', ['true'], { restart: { ...spec('a', []).restart, type: 'temporary' } }));
  await events.phase('a', 'exited');
  await supervisor.stop('a');
  expect(supervisor.get('a')?.lastExit?.stop).toBeUndefined();
  expect(events.ofType('process.stopped', 'a')).toEqual([]);
});
