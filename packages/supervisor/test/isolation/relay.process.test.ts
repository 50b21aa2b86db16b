import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@dreamnet/kit';
import { expect, onTestFinished } from 'vitest';
import { createIsolator } from '../../src/isolation/isolate.js';
import { logLine, specIn, startHarness } from '../fixtures/harness.js';
import { means, sandboxTest, searchPath } from '../fixtures/sandbox-test.js';

const listed = (...allow: string[]) => ({
  isolation: {
    ...{ level: 'sandbox' as const, isRequired: true, paths: [] },
    network: { access: 'allow-list' as const, allow },
  },
});

function hasLoopback6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
}

/** A server of this machine that answers one word; gives its port. */
async function serve(host: string): Promise<number> {
  const server = createServer((_, response) => response.end('served\n'));
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const CROWDED = `
import socket, time
door = socket.socket()
door.bind(("127.0.0.1", 0))
door.listen(0)
callers = [socket.socket() for _ in range(4)]
for caller in callers:
    caller.setblocking(False)
    caller.connect_ex(door.getsockname())
print(door.getsockname()[1], flush=True)
time.sleep(1000)
`;

/** A server of this machine whose queue is full: whoever connects now waits. */
async function crowd(): Promise<number> {
  const child = spawn('python3', ['-c', CROWDED], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [data] = await once(child.stdout, 'data');
  return Number(data);
}

const ASK = `
import socket, sys, time
slow, host, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
waiting = [socket.create_connection(("127.0.0.1", slow), 5) for _ in range(3 if slow else 0)]
for link in waiting:
    link.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
try:
    with socket.create_connection((host, port), 5) as link:
        link.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        link.shutdown(socket.SHUT_WR)
        print("served" if b"served" in link.makefile("rb").read() else "cut off", flush=True)
except OSError as problem:
    print("failed", problem, flush=True)
if slow:
    time.sleep(1000)
`;

sandboxTest('relay: a destination that does not answer holds up no other one', async () => {
  const { supervisor, spec } = await startHarness({ isolation: { searchPath } });
  const [good, slow] = [await serve('127.0.0.1'), await crowd()];
  const command = ['python3', '-c', ASK, `${slow}`, '127.0.0.1', `${good}`];
  await supervisor.launch(spec('a', command, listed(`127.0.0.1:${good}`, `127.0.0.1:${slow}`)));
  expect(await logLine(supervisor, 'a', /./)).toBe('served');
});

/** Without Perl, the relay opens the doors itself. */
for (const isLate of [false, true])
  sandboxTest(
    `relay: an entry on the IPv6 loopback is found there inside (${isLate ? 'python' : 'perl'})`,
    async (ctx) => {
      if (!hasLoopback6()) ctx.skip('this machine has no IPv6 loopback');
      if (!isLate && means.perl === undefined) ctx.skip('there is no perl in /usr');
      const { dir } = await startHarness();
      const [four, six] = [await serve('127.0.0.1'), await serve('::1')];
      const isolator = createIsolator({
        ...{ instanceId: 'test', gateDir: join(dir, 'gates'), searchPath, clock: systemClock() },
        ...{ publish: () => undefined, means: isLate ? { ...means, perl: undefined } : means },
      });
      const allow = listed(`[::1]:${six}`, `127.0.0.1:${four}`);
      for (const [host, port] of [
        ['::1', six],
        ['127.0.0.1', four],
      ] as const) {
        const spec = specIn(dir)('a', ['python3', '-c', ASK, '0', host, `${port}`], allow);
        const isolated = isolator.isolate(spec);
        const [program = '', ...args] = [...(isolated?.prefix ?? []), ...spec.command];
        const child = spawn(program, args, { env: spec.env, stdio: ['ignore', 'pipe', 'inherit'] });
        const ended = once(child, 'close');
        const [data] = await once(child.stdout, 'data');
        await ended;
        isolated?.close();
        expect(`${data}`.trim()).toBe('served');
      }
    },
  );
