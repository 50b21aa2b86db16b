import type { AlertView, SilenceView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { consoleOf, open } from './browser.js';
import type { Daemon } from './daemon.js';

const FEW_LINES = `for (let at = 1; at <= 5; at += 1) console.log('line ' + at);
setInterval(() => undefined, 1000)`;
const HOUR_MS = 3_600_000;

const needed = consoleOf({
  recovery: { default: 'off' },
  subsystems: { billing: { domain: 'economy' } },
  agents: { writer: { runtime: 'node', command: ['node', '-e', FEW_LINES] } },
});

const report = (it: { daemon: Daemon }, status: string) =>
  it.daemon.post('api/heartbeats', { subsystem: 'billing', status, ttlMs: HOUR_MS });

const openAlert = (it: { daemon: Daemon }) =>
  it.daemon
    .get<{ alerts: AlertView[] }>('api/alerts?state=open&subsystem=billing')
    .then(({ alerts }) => alerts[0]);

test('alerts: the chosen one, and what is being typed about it, stays when it ends meanwhile', async ({
  skip,
}) => {
  const it = needed(skip);
  await report(it, 'error');
  const alert = await it.daemon.until('an alert', () => openAlert(it));
  const page = await open(it, `#/alerts?alert=${alert.id}`);
  const chosen = page.getByRole('region', { name: 'Chosen alert' });
  await chosen.getByRole('button', { name: 'Acknowledge' }).click();
  await chosen.getByLabel('Why').fill('looking into it');
  await report(it, 'ok');
  await it.daemon.until('its end', async () => ((await openAlert(it)) === undefined ? true : undefined));
  await page.getByRole('region', { name: 'Alerts', exact: true }).getByText('No open alerts.').waitFor();
  await chosen.getByText('resolved', { exact: true }).waitFor();
  expect(await chosen.getByLabel('Why').inputValue()).toBe('looking into it');
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
  await page.close();
  const later = await open(it, `#/alerts?alert=${alert.id}`);
  await later.getByRole('region', { name: 'Chosen alert' }).getByText('resolved', { exact: true }).waitFor();
  await later.goto(`${it.daemon.url}/#/alerts?alert=nobody`);
  await later.getByText("there is no alert 'nobody'").waitFor();
  await later.close();
});

for (const aheadMs of [HOUR_MS, -HOUR_MS])
  test(`silences: one holds from now on by the daemon’s clock, also from a browser whose clock is ${aheadMs > 0 ? 'ahead' : 'behind'}`, async ({
    skip,
  }) => {
    const it = needed(skip);
    const comment = `by a clock ${aheadMs} ms off`;
    const page = await open(it, '#/');
    await page.addInitScript((offMs) => {
      const rightNow = Date.now.bind(Date);
      Date.now = () => rightNow() + offMs;
    }, aheadMs);
    await page.reload();
    await page.goto(`${it.daemon.url}/#/alerts?subsystem=billing`);
    await page
      .getByRole('region', { name: 'Alerts', exact: true })
      .getByRole('button', { name: 'Silence' })
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: '30 min' }).click();
    await dialog.getByLabel('Why').fill(comment);
    const askedAfter = Date.now();
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await dialog.getByText('Refused').or(page.locator('body:not(:has(dialog))')).first().waitFor();
    const { silences } = await it.daemon.get<{ silences: SilenceView[] }>('api/silences');
    const made = silences.find((silence) => silence.comment === comment);
    expect(made?.state).toBe('active');
    // The daemon's clock is that of the test.
    expect(made?.endsAt).toBeGreaterThanOrEqual(askedAfter + HOUR_MS / 2);
    expect(made?.endsAt).toBeLessThanOrEqual(Date.now() + HOUR_MS / 2);
    await page.close();
  });

test('trends: a metric with one value has a chart of it, and beneath it no score, which is not the same as no values', async ({
  skip,
}) => {
  const it = needed(skip);
  await it.daemon.post('api/heartbeats', {
    subsystem: 'billing',
    status: 'ok',
    ttlMs: HOUR_MS,
    metrics: { single: 7 },
  });
  const page = await open(it, '#/trends?kind=metric&subject=billing&metric=single');
  await page.getByRole('img', { name: /last 7/ }).waitFor();
  await page.getByText('Anomaly score', { exact: true }).waitFor();
  await page.getByText('Nothing is called unusual before a hundred points').waitFor();
  expect(await page.getByText('No values in this time.').count()).toBe(0);
  await page.getByText('No score in this time.').waitFor();
  await page.close();
});

// The last one: it ends the daemon.
test('logs: the lines that were there stay when the daemon is gone', async ({ skip }) => {
  const it = needed(skip);
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
