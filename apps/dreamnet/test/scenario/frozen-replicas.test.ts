import type { CallOutcome } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';
import { echoAgent } from './echo-agent.js';

test('freeze: of one replica says that it is all of them, and what a refused call advises ends it', async () => {
  const daemon = await startDaemon({ agents: { web: echoAgent({ replicas: 2 }) } });
  expect(daemon.cli('freeze', 'web#1').stdout).toMatch(
    /^web: frozen, as one replica spends for all of them \(web#1, too\); 0 in flight stopped/,
  );
  const outcome = JSON.parse(daemon.cli('call', 'echo', '--json').stdout) as CallOutcome;
  const message = outcome.ok ? '' : outcome.message;
  const advised = /'dreamnet ([^']+)' ends it/.exec(message)?.[1];
  expect([message, advised]).toEqual([message, 'freeze --release web']);
  expect(daemon.cli(...(advised ?? '').split(' '))).toMatchObject({ status: 0, stdout: 'web: released\n' });

  daemon.cli('freeze', 'web');
  expect(daemon.cli('thaw', 'web#2').stdout).toBe(
    'web: released, as one replica spends for all of them (web#2, too)\n',
  );
});
