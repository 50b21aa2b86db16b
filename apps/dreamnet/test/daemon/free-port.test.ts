import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../../src/daemon/free-port.js';

test('a free port: another one each time, and none that the kernel would lend to a connection meanwhile', async () => {
  const [lowest = 0, highest = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number);
  const given = new Set<number>();
  for (let count = 0; count < 50; count += 1) given.add(await freePort(given));
  expect(given.size).toBe(50);
  // A machine may lend nearly all there are: then there is nothing better.
  if (lowest > 21_000) for (const port of given) expect(port < lowest || port > highest).toBe(true);
});

test('a free port: one that somebody listens on is not given', async () => {
  const server = createServer();
  const port = await freePort(new Set());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const all = new Set(Array.from({ length: 65_536 }, (_, one) => one));
  all.delete(port);
  await expect(freePort(all)).rejects.toMatchObject({ code: 'DN_AGENT_NO_PORT' });
  server.close();
});
