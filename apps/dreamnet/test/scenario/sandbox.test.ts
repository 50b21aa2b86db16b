import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { PsEntry } from '@dreamnet/contracts';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

let daemon: DaemonProcess | undefined;
afterEach(async () => {
  await daemon?.remove();
  daemon = undefined;
});

const entry = async (it: DaemonProcess, name: string): Promise<PsEntry | undefined> =>
  (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents.find((agent) => agent.name === name);

async function serve(): Promise<number> {
  const server = createServer((_, response) => response.end('served\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Asks both addresses again and again, the one through its tunnel, the other through the proxy. */
const ASKS = `
import os, time, urllib.request
del os.environ["no_proxy"], os.environ["NO_PROXY"]
tunnel = urllib.request.build_opener(urllib.request.ProxyHandler({}))
proxy = urllib.request.build_opener(urllib.request.ProxyHandler())
def ask(opener, port):
    try:
        return opener.open("http://127.0.0.1:%s/" % port, timeout=5).read().decode().strip()
    except OSError as problem:
        return str(problem)
for turn in range(100000):
    with open("out/new", "w") as file:
        file.write("%d|%s|%s|%s" % (turn, ask(tunnel, GOOD), ask(proxy, BAD), os.path.exists("../state")))
    os.rename("out/new", "out/answers")
    time.sleep(0.05)
`;

test('sandbox: an agent reaches what is on its list and nothing else, before and after kill -9 of the daemon', async (ctx) => {
  const [good, bad] = [await serve(), await serve()];
  const it = prepareDaemon({
    agents: {
      asker: {
        runtime: 'custom',
        command: ['/usr/bin/python3', 'asks.py'],
        cwd: 'box',
        isolation: 'sandbox',
        bindings: [
          { type: 'files', config: { path: './box/out', mode: 'rw' } },
          { type: 'network', config: { access: 'allow-list', allow: [`127.0.0.1:${good}`] } },
        ],
      },
    },
  });
  daemon = it;
  mkdirSync(join(it.folder, 'box', 'out'), { recursive: true });
  writeFileSync(join(it.folder, 'box', 'asks.py'), ASKS.replace('GOOD', `${good}`).replace('BAD', `${bad}`));
  await it.up();
  const first = await entry(it, 'asker');
  if (first?.notEnforced.some((text) => text.startsWith('sandbox: '))) ctx.skip(first.notEnforced.join());
  expect(first?.notEnforced).toEqual([]);
  const file = join(it.folder, 'box', 'out', 'answers');
  const answers = () => (existsSync(file) ? readFileSync(file, 'utf8').split('|') : ['-1']);
  const turn = () => Number(answers()[0]);
  await it.until('the agent to have asked', () => turn() >= 0);
  expect(answers().slice(1)).toEqual(['served', 'HTTP Error 403: Forbidden', 'False']);
  const events = it.cli('events', '--json', '--pattern', 'network.refused.*').stdout;
  expect(events).toContain(`"destination":"127.0.0.1:${bad}"`);

  await it.kill('SIGKILL');
  const alone = turn();
  await it.until('the agent to have asked while nobody answered', () => turn() > alone + 1);
  expect(answers()[1]).not.toBe('served');
  await it.up();
  const back = turn();
  await it.until('the agent to have asked the next daemon', () => turn() > back + 1);
  expect(answers().slice(1)).toEqual(['served', 'HTTP Error 403: Forbidden', 'False']);
  expect((await entry(it, 'asker'))?.pid).toBe(first?.pid);
});

test('required: an agent whose bindings only a sandbox enforces is refused without one, and told why', async () => {
  const it = prepareDaemon({
    agents: {
      strict: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        isolation: { level: 'none', required: true },
        bindings: [{ type: 'network', config: { access: 'none' } }],
      },
    },
  });
  daemon = it;
  await it.up();
  const refused = it.cli('start', 'strict');
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toMatch(/network none: recorded, not enforced: isolation is none/);
  expect((await entry(it, 'strict'))?.pid).toBeNull();
});

test('sandbox: an agent reached at an address needs the network of the host, and the file is refused without it', () => {
  const web = {
    runtime: 'custom',
    command: ['sleep', '1'],
    protocol: 'http',
    endpoint: 'http://127.0.0.1:7801',
  };
  const it = prepareDaemon({ agents: { web: { ...web, isolation: 'sandbox' } } });
  daemon = it;
  const { stderr, stdout } = it.cli('up', '-f', join(it.folder, 'dreamnet.yaml'));
  expect(stderr + stdout).toMatch(/a sandbox without network host, and being reached at an address \(http\)/);
});
