import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { consoleOf, open } from './browser.js';

const LONG_NAME = `agent-${'of-the-longest-name-'.repeat(2)}indeed`;
/** More than are drawn at once. */
const SERVICES = 60;
const TURNED = `setInterval(() => console.log('one \\u202eevil\\u2066 two'), 200)`;

const probe = { http: 'http://127.0.0.1:9/healthz', every: '60s' };
const services = Array.from({ length: SERVICES }, (_, at) => [`service-${at}`, { domain: 'economy', probe }]);
const sleeper = { runtime: 'custom', command: ['sleep', '1000'] };
const needed = consoleOf({
  subsystems: Object.fromEntries(services),
  recovery: { default: 'off' },
  agents: {
    [LONG_NAME]: sleeper,
    second: sleeper,
    third: sleeper,
    turned: { runtime: 'node', command: ['node', '-e', TURNED] },
  },
});

/** What has the focus: its name for a screen reader or its text. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: it } = document;
    return it?.getAttribute('aria-label') ?? (it === document.body ? 'BODY' : (it?.textContent ?? ''));
  });

async function press(page: Page, ...keys: string[]): Promise<string> {
  for (const key of keys) await page.keyboard.press(key);
  return focused(page);
}

test('keyboard: the agents are one stop of the Tab key; arrows go from row to row and along a row', async ({
  skip,
}) => {
  const it = needed(skip);
  const page = await open(it, '#/');
  const agents = page.getByRole('region', { name: 'Agents' });
  await agents.getByRole('button', { name: 'Restart third' }).waitFor();
  expect(await agents.locator('ul :is(a, button):not([tabindex="-1"])').count()).toBe(1);
  await agents.getByRole('button', { name: LONG_NAME, exact: true }).focus();
  expect(await press(page, 'ArrowDown')).toBe('second');
  expect(await press(page, 'ArrowRight')).toBe('Restart second');
  expect(await press(page, 'ArrowDown')).toBe('third');
  expect(await press(page, 'End')).toBe('turned');
  expect(await press(page, 'Home')).toBe(LONG_NAME);
  expect(await press(page, 'PageDown')).toBe('turned');
  expect(await press(page, 'PageUp', 'ArrowDown', 'ArrowDown')).toBe('third');
  await page.keyboard.press('Tab');
  expect(await agents.locator('ul :focus').count()).toBe(0);
  expect(await press(page, 'Shift+Tab')).toBe('third');
  await page.close();
});

test('keyboard: a button that goes away when it is pressed leaves the focus in its row', async ({ skip }) => {
  const it = needed(skip);
  const page = await open(it, '#/');
  const agents = page.getByRole('region', { name: 'Agents' });
  await agents.getByRole('button', { name: 'Stop second' }).focus();
  await press(page, 'Enter', 'Enter');
  await agents.getByRole('button', { name: 'Start second', exact: true }).waitFor();
  expect(['second', 'Start second']).toContain(await focused(page));
  await page.close();
});

test('keyboard: a row of a long list keeps the focus when it is scrolled out of sight, and every key finds its row', async ({
  skip,
}) => {
  const it = needed(skip);
  const page = await open(it, '#/health');
  const list = page.getByRole('region', { name: 'Subsystems' }).last();
  const rows = list.getByRole('listitem');
  await rows.nth(10).waitFor();
  expect(await list.locator('ul a:not([tabindex="-1"])').count()).toBe(1);
  const place = () =>
    page.evaluate(() => document.activeElement?.closest('li')?.getAttribute('aria-posinset') ?? 'none');
  const last = await rows.first().getAttribute('aria-setsize');
  await rows.nth(4).getByRole('link').focus();
  await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await list.locator(`li[aria-posinset="${last}"]`).waitFor();
  expect(await place()).toBe('5');
  await page.keyboard.press('End');
  expect(await place()).toBe(last);
  await page.keyboard.press('Home');
  expect(await place()).toBe('1');
  await press(page, 'PageDown', 'ArrowDown');
  expect(await place()).toBe('12');
  await page.close();
});

test('logs: what turns the direction of writing is shown as it was written, not obeyed', async ({ skip }) => {
  const it = needed(skip);
  const page = await open(it, '#/logs/turned');
  await page.getByRole('log').getByText('one \\u202eevil\\u2066 two').first().waitFor();
  await page.close();
});

test('narrow pages: at 400 px a long name is cut off nowhere and the choice of an agent fits', async ({
  skip,
}) => {
  const it = needed(skip);
  const page = await open(it, '#/', 400);
  const subsystems = page.getByRole('region', { name: 'Subsystems' });
  await subsystems.getByText('service-1', { exact: true }).first().waitFor();
  /** Texts and fields that go beyond the page, or are cut off at its edge. */
  const beyond = () =>
    page.evaluate((name) => {
      const range = document.createRange();
      const walker = document.createTreeWalker(
        document.querySelector('main') ?? document,
        NodeFilter.SHOW_TEXT,
      );
      const found: string[] = [];
      while (walker.nextNode()) {
        range.selectNodeContents(walker.currentNode);
        const text = walker.currentNode.nodeValue ?? '';
        if (text.includes(name) && range.getBoundingClientRect().right > innerWidth) found.push(text);
      }
      for (const it of document.querySelectorAll('main :is(select, li > *)'))
        if (it.getBoundingClientRect().right > innerWidth) found.push(it.outerHTML);
      return found;
    }, LONG_NAME);
  expect(await beyond()).toEqual([]);
  await page.goto(`${it.daemon.url}/#/logs/${LONG_NAME}`);
  await page.getByLabel('Agent').waitFor();
  await page.getByRole('log').getByRole('listitem').first().or(page.getByText('No lines.')).waitFor();
  expect(await beyond()).toEqual([]);
  await page.close();
});
