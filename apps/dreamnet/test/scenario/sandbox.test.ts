import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, onTestFinished, test } from 'vitest';
import { type DaemonProcess, daemonOfTest, startDaemon } from './daemon-process.js';

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
  const it = daemonOfTest({
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

test("secret as a file: an agent's own user reads it at both levels, and the new value after a signal", async (ctx) => {
  if (process.getuid?.() !== 0) ctx.skip('only root can give an agent a user of its own');
  const script = 'trap "cat $KEY; echo" HUP; id -u; cat $KEY; echo; while :; do sleep 0.05; done';
  const secret = { from: 'vault', key: 'key', as: 'file', onChange: 'signal:HUP' };
  const agent = (isolation: object) => ({
    ...{ runtime: 'custom', command: ['sh', '-c', script], cwd: '/usr', isolation },
    bindings: [{ type: 'secrets', config: { KEY: secret } }],
  });
  const it = await startDaemon({
    agents: {
      plain: agent({ level: 'process', required: true }),
      boxed: agent({ level: 'sandbox', user: 'dynamic' }),
    },
  });
  await it.client().send('PUT', '/api/vault/key', { value: 'canary-one' });
  const out = (name: string) =>
    it
      .cli('logs', name)
      .stdout.split('\n')
      .map((line) => line.trim());
  await it.until('both to have read it', () =>
    ['plain', 'boxed'].every((name) => out(name).filter((line) => line.endsWith('<secret>')).length === 1),
  );
  const { outcomes } = await it
    .client()
    .send<{ outcomes: { ok: boolean; action: string }[] }>('PUT', '/api/vault/key', {
      value: 'canary-two',
    });
  expect(outcomes.map(({ ok, action }) => `${action} ${ok}`)).toEqual(['signal true', 'signal true']);
  await it.until('both to have read the new one', () =>
    ['plain', 'boxed'].every((name) => out(name).filter((line) => line.endsWith('<secret>')).length === 2),
  );
  const uids = ['plain', 'boxed'].map((name) =>
    Number(/(\d+)$/m.exec(out(name).find((line) => /\b6\d{4}$/.test(line)) ?? '')?.[1]),
  );
  expect(new Set(uids).size).toBe(2);
  for (const uid of uids) expect(uid).toBeGreaterThanOrEqual(61_184);
});

test('required: an agent whose bindings only a sandbox enforces is refused without one, and told why', async () => {
  const it = await startDaemon({
    agents: {
      strict: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        isolation: { level: 'none', required: true },
        bindings: [{ type: 'network', config: { access: 'none' } }],
      },
    },
  });
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
  const it = daemonOfTest({ agents: { web: { ...web, isolation: 'sandbox' } } });
  const { stderr, stdout } = it.cli('up', '-f', join(it.folder, 'dreamnet.yaml'));
  expect(stderr + stdout).toMatch(/a sandbox without network host, and being reached at an address \(http\)/);
});
