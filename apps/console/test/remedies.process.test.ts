import type { RecoveryAction } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { consoleOf, open } from './browser.js';

const needed = consoleOf({
  recovery: { default: 'off' },
  agents: {
    // Never serves what it promises to.
    silent: {
      runtime: 'custom',
      command: ['sleep', '1000'],
      protocol: 'http',
      endpoint: 'http://127.0.0.1:9',
      start: { readyWithin: '1s' },
    },
  },
});

test('console: what was only proposed is shown with what objects, and carried out by a person', async ({
  skip,
}) => {
  const it = needed(skip);
  const actions = () =>
    it.daemon.get<{ actions: RecoveryAction[] }>('api/recovery-actions').then((answer) => answer.actions);
  const proposed = await it.daemon.until('a proposal', async () => {
    await it.daemon.post('api/recovery-actions', {});
    return (await actions()).find(({ state }) => state === 'proposed');
  });
  expect(proposed).toMatchObject({ subsystem: 'silent', executor: 'pipeline' });
  const page = await open(it, '#/');
  const waiting = page.getByRole('region', { name: 'Waiting for you' });
  await waiting.getByText(proposed.description).waitFor();
  await waiting.getByText(/by itself nothing is done: /).waitFor();
  await waiting.getByRole('button', { name: `Carry out: ${proposed.description}` }).click();
  await it.daemon.until('it to be carried out', async () =>
    (await actions()).find(({ id, decidedBy }) => id === proposed.id && decidedBy === 'admin'),
  );
  await waiting.getByText(proposed.description).waitFor({ state: 'detached' });
  await page.close();
});
