import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasChromium, needed, open, startBrowser } from './browser.js';
import { type Daemon, startDaemon } from './daemon.js';

const FEW_LINES = `for (let at = 1; at <= 5; at += 1) console.log('line ' + at);
setInterval(() => undefined, 1000)`;

let daemon: Daemon | undefined;
let browser: Browser | undefined;

beforeAll(async () => {
  if (!hasChromium) return;
  daemon = await startDaemon({
    recovery: { default: 'off' },
    agents: { writer: { runtime: 'node', command: ['node', '-e', FEW_LINES] } },
  });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await daemon?.remove();
});

// The last one: it ends the daemon.
test('logs: the lines that were there stay when the daemon is gone', async ({ skip }) => {
  const it = needed({ browser, daemon }, skip);
  const page = await open(it, '#/logs/writer');
  const lines = page.getByRole('log', { name: 'Lines' });
  await lines.getByText('line 5').waitFor();
  const failedTry = () => page.waitForEvent('requestfailed', (request) => request.url().includes('api/logs'));
  await it.daemon.kill();
  await failedTry();
  await failedTry();
  await page.getByText('The connection is lost; it is tried again.').waitFor();
  expect(await lines.getByRole('listitem').allInnerTexts()).toHaveLength(5);
  await page.close();
});
