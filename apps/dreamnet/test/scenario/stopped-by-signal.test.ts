import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

// Never looked at by itself: what is known comes from the spawner alone.
const health = { liveness: { every: '1h' } };

async function start(agents: object): Promise<DaemonProcess> {
  const daemon = await startDaemon({ recovery: { default: 'off' }, agents });
  return daemon;
}

const agent = async (it: DaemonProcess, name: string): Promise<PsEntry> =>
  (await it.client().get<{ agent: PsEntry }>(`/api/agents/${name}`)).agent;
const isSeen = (it: DaemonProcess, name: string, state: string) =>
  it.until(`${name} to be ${state}`, async () => {
    const now = await agent(it, name);
    return now.health?.liveness.state === state && now;
  });

test('stopped by a signal: it is suspended as long as it is, however often it is asked, and alive when it goes on', async () => {
  const it = await start({ a: { runtime: 'custom', command: ['sleep', '1000'], health } });
  const { pid } = await isSeen(it, 'a', 'alive');
  process.kill(pid ?? 0, 'SIGSTOP');
  await isSeen(it, 'a', 'suspended');
  // Waits for real: an agent without a protocol is asked every five seconds.
  for (const untilMs = Date.now() + 6000; Date.now() < untilMs; )
    expect((await agent(it, 'a')).health?.liveness.state).toBe('suspended');
  process.kill(pid ?? 0, 'SIGCONT');
  await isSeen(it, 'a', 'alive');
});

test('stopped by a signal: one that stops itself at its start is not called alive because its start was told later', async () => {
  const stops = ['sh', '-c', 'kill -STOP $$; exec sleep 1000'];
  const it = await start({ a: { runtime: 'custom', command: stops, health } });
  const { pid } = await isSeen(it, 'a', 'suspended');
  it.cli('restart', 'a');
  const again = await isSeen(it, 'a', 'suspended');
  expect(again.pid).not.toBe(pid);
});
