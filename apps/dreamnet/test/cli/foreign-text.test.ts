import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { createClient } from '../../src/cli/client.js';
import { processTerminal } from '../../src/cli/terminal.js';

const HOSTILE = 'a\u001b[31mb\u0007c\u009b2Jd\u202ee\u2066f\rg';
const SHOWN = 'a\\u001b[31mb\\u0007c\\u009b2Jd\\u202ee\\u2066f\\u000dg';
const server = createServer((_request, answer) =>
  answer.end(JSON.stringify({ [HOSTILE]: [HOSTILE, 'grüße 😀\n\t'] })),
);
afterEach(() => {
  vi.restoreAllMocks();
  server.close();
});

test('foreign text: an answer shown to a person has nothing that controls a terminal; for a program it is as it was', async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shown = createClient({ url, token: undefined, isShown: true });
  expect(await shown.get('/')).toEqual({ [SHOWN]: [SHOWN, 'grüße 😀\n\t'] });
  const raw = createClient({ url, token: undefined });
  expect(await raw.get('/')).toEqual({ [HOSTILE]: [HOSTILE, 'grüße 😀\n\t'] });
});

test('foreign text: only colours reach the terminal, and JSON stays the same text', () => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const terminal = processTerminal(false);
  terminal.out(`\u001b[32mok\u001b[39m \u001b[2J\u009b1m\u202e\u0007`);
  terminal.out(JSON.stringify({ text: HOSTILE }));
  expect(written[0]).toBe('\u001b[32mok\u001b[39m \\u001b[2J\\u009b1m\\u202e\\u0007\n');
  expect(written[1]).not.toMatch(/[\u0080-\u009f\u202e\u2066]/);
  expect(JSON.parse(written[1] ?? '')).toEqual({ text: HOSTILE });
});
