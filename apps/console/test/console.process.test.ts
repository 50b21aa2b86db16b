import type { AlertView, FreezeView, SilenceView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { consoleOf, open } from './browser.js';
import type { Daemon } from './daemon.js';

/** Writes a line of each kind again and again. */
const WRITER = `setInterval(() => {
  console.log('INFO all is well');
  console.error('ERROR it broke');
}, 100)`;

// Port 9 is closed: the service is watched and never answers, so there is something to see without an agent.
const probe = { http: 'http://127.0.0.1:9/healthz', every: '1s' };
const needed = consoleOf({
  subsystems: { billing: { domain: 'economy', probe } },
  recovery: { default: 'off' },
  agents: { writer: { runtime: 'node', command: ['node', '-e', WRITER] } },
  budgets: { all: { tokens: '1M', per: 'day' } },
});

const openAlerts = (it: { daemon: Daemon }) =>
  it.daemon.get<{ alerts: AlertView[] }>('api/alerts?state=open').then(({ alerts }) => alerts);

test('console: health shows what pulls a score down, and a reload stays where one was', async ({ skip }) => {
  const it = needed(skip);
  const page = await open(it, '#/health/economy');
  await page.getByRole('heading', { name: 'What makes up Economy' }).waitFor();
  await page.getByRole('region', { name: 'Terms of the score' }).getByText('billing').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'What makes up Economy' }).waitFor();
  await page
    .getByRole('region', { name: 'Subsystems' })
    .getByRole('link', { name: /billing/ })
    .first()
    .click();
  await page.getByText('Readiness: it can serve').waitFor();
  expect(await page.title()).toBe('Health · DreamNet OS');
  expect(page.url()).toContain('#/health/subsystem/billing');
  await page.close();
});

test('console: an alert is acknowledged and silenced by a person, and the daemon knows who and why', async ({
  skip,
}) => {
  const it = needed(skip);
  const alert = await it.daemon.until('an active alert', async () =>
    (await openAlerts(it)).find(({ state }) => state === 'active'),
  );
  const page = await open(it, `#/alerts?alert=${alert.id}`);
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByLabel('Why').fill('looking into it');
  await page.locator('form').getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('region', { name: 'Chosen alert' }).getByText('by admin').first().waitFor();
  const known = (await openAlerts(it)).find(({ id }) => id === alert.id);
  expect(known?.acknowledgedBy).toBe('admin');

  await page.getByRole('region', { name: 'Chosen alert' }).getByRole('button', { name: 'Silence' }).click();
  await page.getByRole('dialog').getByLabel('Why').fill('known, moves on Monday');
  await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const { silences } = await it.daemon.get<{ silences: SilenceView[] }>('api/silences');
  expect(silences).toMatchObject([
    { state: 'active', comment: 'known, moves on Monday', createdBy: 'admin' },
  ]);

  await page.goto(`${it.daemon.url}/#/alerts/silences`);
  const expire = page.getByRole('button', { name: /^Expire/ });
  await expire.click();
  await expire.click();
  await page.getByText('expired').waitFor();
  await page.close();
});

test('console: logs come as they are written, and a level narrows them', async ({ skip }) => {
  const it = needed(skip);
  const page = await open(it, '#/logs/writer');
  const lines = page.getByRole('log', { name: 'Lines' });
  await lines.getByText('INFO all is well').first().waitFor();
  const count = await lines.getByRole('listitem').count();
  await lines.getByRole('listitem').nth(count).waitFor();
  await page.getByLabel('Level').selectOption('error');
  await lines.getByText('ERROR it broke').first().waitFor();
  await lines.getByText('INFO all is well').first().waitFor({ state: 'detached' });
  expect(page.url()).toContain('#/logs/writer?level=error');
  await page.close();
});

test('console: spending is frozen and released, and every page says so meanwhile', async ({ skip }) => {
  const it = needed(skip);
  const frozen = () => it.daemon.get<{ frozen: FreezeView[] }>('api/freeze').then((answer) => answer.frozen);
  const page = await open(it, '#/');
  const budgets = page.getByRole('region', { name: 'Budgets' });
  await budgets.getByText('/ 1 M').waitFor();
  const press = async (name: RegExp) => {
    // The first press arms it.
    await page.getByRole('button', { name }).click();
    await page.getByRole('button', { name }).click();
  };
  await press(/^Freeze all spending/);
  await page.goto(`${it.daemon.url}/#/health`);
  await page.getByRole('alert').getByText('All spending is frozen').waitFor();
  expect(await frozen()).toMatchObject([{ target: '*', by: 'admin', reason: 'from the console' }]);
  await press(/^Release all spending/);
  await page.getByText('All spending is frozen').waitFor({ state: 'detached' });
  expect(await frozen()).toEqual([]);
  await page.goto(`${it.daemon.url}/#/`);
  await press(/^Stop every agent that could spend/);
  await page.getByRole('alert').getByText('whoever could spend was stopped').waitFor();
  expect(await frozen()).toMatchObject([{ target: '*', endsAgents: true }]);
  await press(/^Release all spending/);
  await page.getByText('All spending is frozen').waitFor({ state: 'detached' });
  await page.close();
});

test('console: when the daemon is gone the page says so and does not pretend to be live', async ({
  skip,
}) => {
  const it = needed(skip);
  const page = await open(it, '#/health');
  await page.getByRole('region', { name: 'Subsystems' }).getByText('billing').first().waitFor();
  await it.daemon.kill();
  await page.getByText('The daemon does not answer', { exact: true }).waitFor();
  await page.getByText('Nothing is known right now').waitFor();
  expect(await page.getByRole('status').filter({ hasText: 'no answer' }).count()).toBe(1);
  await page.close();
});
