import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';
import { echoAgent, scaleOf } from './echo-agent.js';

let daemon: DaemonProcess | undefined;
afterEach(async () => {
  await daemon?.remove();
  daemon = undefined;
});

async function up(agents: object): Promise<DaemonProcess> {
  daemon = prepareDaemon({ agents });
  await daemon.up();
  return daemon;
}

const serving = (own: DaemonProcess, count: number, agent = 'web') =>
  own.until(`${agent} to be ${count}`, async () => {
    const view = await scaleOf(own, agent);
    return view.desired === count && view.serving === count && view;
  });

test('last changes: one that the fleet file made is among them', async () => {
  const rule = { min: 3, max: 4, metric: 'inflight', target: 1, down: { window: '1h' } };
  const own = await up({ web: echoAgent({ scale: rule }) });
  await serving(own, 3);
  expect((await scaleOf(own)).decisions).toEqual([]);
  const agents = { web: echoAgent({ scale: { ...rule, min: 1, max: 2 } }) };
  writeFileSync(join(own.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, agents }));
  own.cli('apply');
  const view = await serving(own, 2);
  expect(view.decisions).toMatchObject([
    { from: 3, to: 2, metric: 'fleet file', because: 'the fleet file says scale 1 to 2' },
  ]);
  expect(own.cli('scale', 'web').stdout).toContain('3 → 2: the fleet file says scale 1 to 2');
});
