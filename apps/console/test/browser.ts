import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Daemon } from './daemon.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const hasChromium = CHROMIUM !== undefined;

/** The Chromium of this machine; undefined where there is none. */
export async function startBrowser(): Promise<Browser | undefined> {
  if (CHROMIUM === undefined) return undefined;
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...QUIET] });
}

/** What a test needs; skips it where there is no browser. */
export function needed(
  { browser, daemon }: { browser: Browser | undefined; daemon: Daemon | undefined },
  skip: (reason: string) => never,
): { browser: Browser; daemon: Daemon } {
  if (!browser || !daemon) return skip('no Chromium on this machine');
  return { browser, daemon };
}

/** A page of the console that has the token, at this address. @param width In CSS pixels. */
export async function open(
  it: { browser: Browser; daemon: Daemon },
  address: string,
  width = 1280,
): Promise<Page> {
  const page = await it.browser.newPage({ viewport: { width, height: 900 } });
  // Shorter than the test's own patience, so that a failure names what was waited for.
  page.setDefaultTimeout(12_000);
  await page.goto(`${it.daemon.url}/#token=${it.daemon.token}`);
  await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
  await page.goto(`${it.daemon.url}/${address}`);
  return page;
}
