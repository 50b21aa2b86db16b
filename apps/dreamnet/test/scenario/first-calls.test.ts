import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';
import { call, echoAgent } from './echo-agent.js';

test('first calls: a daemon that comes back serves a call at once, though it has asked nobody yet', async () => {
  const daemon = await startDaemon({
    agents: { web: echoAgent({ health: { readiness: { every: '2s' } } }) },
  });
  expect(await call(daemon)).toMatchObject({ ok: true, provider: 'web' });
  for (let round = 0; round < 3; round += 1) {
    await daemon.kill('SIGKILL');
    await daemon.up();
    expect(await call(daemon)).toMatchObject({ ok: true, provider: 'web' });
  }
});

test('first calls: who is never ready is named with the reason by the refusal and by the explanation', async () => {
  const deaf = echoAgent({ command: ['sleep', '1000'], runtime: 'custom' });
  const daemon = await startDaemon({ agents: { web: deaf } });
  const outcome = await call(daemon);
  expect(outcome).toMatchObject({ ok: false, code: 'DN_SPINE_NO_ROUTE' });
  expect(JSON.stringify(outcome)).toMatch(/web: .*connection refused/);
  expect(daemon.cli('routes', 'explain', 'echo').stdout).toMatch(/web.*connection refused/);
});
