import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { type Daemon, startDaemon } from './daemon.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A daemon and a browser to look at its console with. */
export interface ConsoleBench {
  browser: Browser;
  daemon: Daemon;
}

/**
 * A daemon of this fleet and a browser, for all tests of a file; both are gone after them. Nothing is started where there is no browser.
 *
 * @returns What a test needs; skips it where there is no browser.
 */
export function consoleOf(fleet: object): (skip: (reason: string) => never) => ConsoleBench {
  let daemon: Daemon | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (CHROMIUM === undefined) return;
    daemon = await startDaemon(fleet);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...QUIET] });
  });
  afterAll(async () => {
    await browser?.close();
    await daemon?.remove();
  });
  return (skip) => (browser && daemon ? { browser, daemon } : skip('no Chromium on this machine'));
}

/** A page of the console that has the token, at this address. @param width In CSS pixels. */
export async function open(it: ConsoleBench, address: string, width = 1280): Promise<Page> {
  const page = await it.browser.newPage({ viewport: { width, height: 900 } });
  // Shorter than the test's own patience, so that a failure names what was waited for.
  page.setDefaultTimeout(12_000);
  await page.goto(`${it.daemon.url}/#token=${it.daemon.token}`);
  await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
  await page.goto(`${it.daemon.url}/${address}`);
  return page;
}
