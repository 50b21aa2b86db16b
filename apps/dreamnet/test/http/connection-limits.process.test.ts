import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fileLimit, mostConnections } from '../../src/http/connection-limits.js';
import { createServer } from '../../src/http/server.js';

let close: () => Promise<unknown> = async () => undefined;
afterEach(() => close());

test('connection limits: files are left for the rest of the program, and a generous limit is not used up', () => {
  expect(mostConnections(1024)).toBeLessThan(1024 - 128);
  expect(mostConnections(1_048_576)).toBe(10_000);
  expect(mostConnections(64)).toBeGreaterThan(0);
  expect(fileLimit()).toBeGreaterThan(0);
});

test('connection limits: a flood of connections is turned away, and who was there before is served on', async () => {
  const app = await createServer({
    identify: () => ({ role: 'admin' }),
    consoleDir: '',
    version: '0',
    allowedHosts: ['127.0.0.1'],
    connections: 4,
    register: (server) => server.get('/hello', async () => ({ ok: true })),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  close = async () => {
    agent.destroy();
    await app.close();
  };
  expect(await ask(url, agent)).toBe(200);
  const flood = await Promise.all(Array.from({ length: 20 }, () => half(port)));
  expect(await ask(url, agent)).toBe(200);
  await new Promise((resolve) =>
    app.server.getConnections((_error, count) => resolve(expect(count).toBe(4))),
  );
  for (const socket of flood) socket.destroy();
});

/** A request whose head never ends. */
async function half(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('POST /hello HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le');
  return socket;
}

function ask(url: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL('/hello', url), { agent }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
