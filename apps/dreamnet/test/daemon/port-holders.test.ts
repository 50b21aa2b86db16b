import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { describeHolder, isFree } from '../../src/daemon/port-holders.js';

test('port check: a port is taken while somebody listens and free after; the holder is named', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  expect(await isFree('127.0.0.1', port)).toBe(false);
  expect(describeHolder(port)).toContain(`pid ${process.pid}`);
  await new Promise((resolve) => server.close(resolve));
  expect(await isFree('127.0.0.1', port)).toBe(true);
  expect(describeHolder(port)).toBe('');
});

test('port check: a holder is found although a descriptor of it is closed while it is looked at', async () => {
  // The lowest free number is what a look at this process' own descriptors takes, and has closed when it reads them.
  const reserved = openSync('/dev/null', 'r');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeSync(reserved);
  const address = server.address();
  expect(describeHolder(typeof address === 'object' && address ? address.port : 0)).toContain(
    `pid ${process.pid}`,
  );
  await new Promise((resolve) => server.close(resolve));
});
