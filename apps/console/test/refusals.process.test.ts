import type { PsEntry } from '@dreamnet/contracts';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { consoleOf, open } from './browser.js';
import type { Daemon } from './daemon.js';

const sleeper = { runtime: 'custom', command: ['sleep', '1000'], protocol: 'none' };
const needed = consoleOf({
  recovery: { default: 'off' },
  agents: {
    plain: sleeper,
    // A question is given up after 8 s; this takes longer.
    slow: {
      ...sleeper,
      command: ['sh', '-c', "trap '' TERM; while :; do sleep 1; done"],
      stop: { deadline: '10s' },
    },
  },
});

const refusals = (page: Page) => page.getByRole('alert').filter({ has: page.getByLabel('Dismiss') });

/** Done by somebody else, until it shows in the page. */
async function elsewhere(it: { daemon: Daemon }, page: Page, verb: 'start' | 'stop'): Promise<void> {
  await it.daemon.post(`api/agents/plain/${verb}`, {});
  const name = verb === 'stop' ? 'Start plain' : 'Restart plain';
  await page.getByRole('button', { name, exact: true }).waitFor();
}

test('commands: one that takes longer than a question may is waited for, and nothing is called refused meanwhile', async ({
  skip,
}) => {
  const it = needed(skip);
  const page = await open(it, '#/');
  const stop = page.getByRole('button', { name: /^Stop slow/ });
  await stop.click();
  await stop.click();
  const start = page.getByRole('button', { name: 'Start slow', exact: true });
  await start.or(refusals(page)).first().waitFor();
  expect(await refusals(page).allInnerTexts()).toEqual([]);
  expect(await start.count()).toBe(1);
  await page.close();
});

test('commands: one that got no answer is not called refused, for it may have been done', async ({
  skip,
}) => {
  const it = needed(skip);
  const page = await open(it, '#/');
  // The daemon does it; the answer is lost on its way.
  await page.route('**/api/agents/plain/restart', async (route) => {
    await route.fetch();
    await route.abort('connectionreset');
  });
  await page.getByRole('button', { name: 'Restart plain' }).click();
  await refusals(page).getByText('Restart plain: no answer.').waitFor();
  await refusals(page).getByText('It may have been done, or still be under way.').waitFor();
  expect(await page.getByText('refused').count()).toBe(0);
  await page.close();
});

test('commands: a refusal keeps naming what was pressed, and stays until it is put away', async ({
  skip,
}) => {
  const it = needed(skip);
  const page = await open(it, '#/');
  // A page keeps the token it began with: what is pressed there is refused, as it would be to a viewer.
  await page.route('**/api/agents/plain/*', async (route) => {
    await route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer nobody' } });
  });
  await elsewhere(it, page, 'stop');
  await page.getByRole('button', { name: 'Start plain', exact: true }).click();
  await refusals(page).getByText('Start plain: refused.').waitFor();
  await elsewhere(it, page, 'start');
  expect(await refusals(page).allInnerTexts()).toMatchObject([
    expect.stringContaining('Start plain: refused.'),
  ]);
  const stop = page.getByRole('button', { name: /^Stop plain/ });
  await stop.click();
  await stop.click();
  await refusals(page).getByText('Stop plain: refused.').waitFor();
  await elsewhere(it, page, 'stop');
  await page.goto(`${it.daemon.url}/#/health`);
  await page.getByRole('region', { name: 'Subsystems' }).first().waitFor();
  expect(await refusals(page).count()).toBe(2);
  await refusals(page).getByLabel('Dismiss').first().click();
  await refusals(page).getByText('Start plain: refused.').waitFor({ state: 'detached' });
  await refusals(page).getByLabel('Dismiss').click();
  await refusals(page).first().waitFor({ state: 'detached' });
  const { agents } = await it.daemon.get<{ agents: PsEntry[] }>('api/ps');
  expect(agents.find(({ name }) => name === 'plain')?.pid).toBe(null);
  await page.close();
});
