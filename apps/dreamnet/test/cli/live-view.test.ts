import { createFakeClock } from '@dreamnet/testkit';
import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { createLiveView } from '../../src/cli/live-view.js';
import type { Terminal } from '../../src/cli/terminal.js';

test('live view: a line longer than the terminal takes several rows, and all of them are drawn over', async () => {
  const clock = createFakeClock();
  const written: string[] = [];
  const terminal: Terminal = {
    isPerson: true,
    columns: 10,
    rows: 40,
    colors: picocolors.createColors(true),
    out: () => undefined,
    write: (text) => written.push(text),
    error: () => undefined,
    unread: new AbortController().signal,
  };
  const render = () => `${picocolors.createColors(true).red('x'.repeat(25))}\n\nend`;

  const view = createLiveView({ terminal, clock, everyMs: 1000, render });
  await clock.advance(1000);
  view.stop();

  expect(written).toEqual([`${render()}\n`, `\u001b[5F\u001b[J${render()}\n`]);
});
