import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HealthReport, SubsystemView } from '@dreamnet/contracts';
import { afterEach, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

const FIXTURES = fileURLToPath(new URL('../../../../packages/protocols/test/fixtures/', import.meta.url));

let daemon: DaemonProcess | undefined;
let server: Server | undefined;
let child: ChildProcess | undefined;
afterEach(async () => {
  await daemon?.remove();
  daemon = undefined;
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  child?.kill('SIGKILL');
  child = undefined;
});

async function start(config: object): Promise<DaemonProcess> {
  daemon = prepareDaemon(config);
  await daemon.up();
  return daemon;
}

async function subsystems(it: DaemonProcess): Promise<Map<string, SubsystemView>> {
  const answer = await it.client().get<{ subsystems: SubsystemView[] }>('/api/subsystems');
  return new Map(answer.subsystems.map((subsystem) => [subsystem.name, subsystem]));
}

/** A web service with a page of metrics; what it says can be changed. */
async function serve(page: { isUp: boolean }): Promise<number> {
  const started = createServer((request, response) => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(`app_up ${page.isUp ? 1 : 0}\napp_queue{name="a"} 30\napp_queue{name="b"} 20\n`);
    } else response.writeHead(page.isUp ? 200 : 503).end(page.isUp ? 'fine' : 'no');
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return (started.address() as AddressInfo).port;
}

const ACP_AGENT = `require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, params } = JSON.parse(line);
  console.log(JSON.stringify({ jsonrpc: '2.0', id, result: { protocolVersion: params.protocolVersion } }));
});`;

test('probes: every kind asks the real thing, and sees when it is gone', async () => {
  const page = { isUp: true };
  const port = await serve(page);
  const a2a = spawn(process.execPath, [join(FIXTURES, 'a2a-agent.mjs'), 'only-1.0']);
  child = a2a;
  const [printed] = (await once(a2a.stdout, 'data')) as [Buffer];
  const a2aPort = String(printed).trim();
  const url = `http://127.0.0.1:${port}`;
  // Starting Node for a question takes its time on a busy machine.
  const slow = { every: '1s', timeout: '10s' };
  const quick = { every: '200ms', timeout: '5s', fall: 1 };
  const it = await start({
    subsystems: {
      web: { probe: { http: url, expect: { body: 'fine' }, ...quick } },
      port: { probe: { tcp: `127.0.0.1:${port}`, ...quick } },
      script: { probe: { exec: ['sh', '-c', 'cat flag'], expect: { output: 'good' }, ...quick } },
      listener: { probe: { process: { port }, ...quick } },
      tools: { probe: { mcp: { command: ['node', join(FIXTURES, 'modern-mcp-server.mjs')] }, ...slow } },
      coder: { probe: { a2a: `http://127.0.0.1:${a2aPort}`, ...quick } },
      editor: { probe: { acp: ['node', '-e', ACP_AGENT], ...slow } },
      app: {
        domain: 'economy',
        probe: {
          prometheus: { url: `${url}/metrics`, metrics: { queue: 'app_queue' }, up: 'app_up == 1' },
          ...quick,
        },
        indicators: [{ metric: 'queue', factor: 'tokenEconomics', good: 0, bad: 100 }],
      },
    },
  });
  const all = async (status: string, names: readonly string[]) =>
    it.until(`${names.join()} to be ${status}`, async () => {
      const found = await subsystems(it);
      return names.every((name) => found.get(name)?.status === status);
    });
  writeFileSync(join(it.folder, 'flag'), 'good\n');
  await all('ok', ['web', 'port', 'script', 'listener', 'tools', 'coder', 'editor', 'app']);
  // 30 and 20 add up to 50, half way from bad to good.
  const economy = it.cli('status', 'explain', 'economy').stdout;
  expect(economy).toMatch(/0\.500\s+tokenEconomics\s+app\/queue/);

  page.isUp = false;
  writeFileSync(join(it.folder, 'flag'), 'bad\n');
  a2a.kill('SIGKILL');
  await all('error', ['web', 'script', 'coder', 'app']);
  expect((await subsystems(it)).get('web')?.reason).toContain('503');
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  await all('error', ['port', 'listener']);
}, 60_000);

test('progress: a loop and a stall told by heartbeats over HTTP are seen in dreamnet status, each with its evidence', async () => {
  const quiet = { heartbeat: { ttl: '10m' } };
  const it = await start({
    subsystems: {
      looper: quiet,
      staller: { ...quiet, progress: { stallAfter: '1s' } },
      idler: { ...quiet, progress: { stallAfter: '1s' } },
      worker: quiet,
    },
  });
  const report = (body: HealthReport) => it.client('operator').send('POST', '/api/heartbeats', body);
  const call = { signature: 'search {"q":"weather in Oslo"}' };
  for (let count = 0; count < 10; count += 1) {
    await report({ subsystem: 'looper', status: 'ok', inFlight: 1, calls: [call] });
    await report({
      subsystem: 'worker',
      status: 'ok',
      inFlight: 1,
      calls: [{ signature: `read ${count}` }],
      progress: count,
    });
  }
  await report({ subsystem: 'idler', status: 'ok', inFlight: 0, progress: 5 });
  await report({ subsystem: 'staller', status: 'ok', inFlight: 2, progress: 5 });
  await it.until(
    'the stall to be seen',
    async () => (await subsystems(it)).get('staller')?.status === 'error',
  );
  const found = await subsystems(it);
  const progress = (name: string) => found.get(name)?.axes.progress.state;
  expect(['looper', 'staller', 'idler'].map(progress)).toEqual(['looping', 'stuck', 'idle']);
  expect(progress('worker')).not.toMatch(/looping|stuck/);
  const { stdout } = it.cli('status');
  expect(stdout).toMatch(/looper\s.*warn.*the same call 10 times .*search \{"q":"weather in Oslo"\}/);
  expect(stdout).toMatch(/staller\s.*error.*nothing moved for/);

  await report({ subsystem: 'looper', status: 'ok', inFlight: 1, calls: [{ signature: 'answer' }] });
  await report({ subsystem: 'staller', status: 'ok', inFlight: 1, progress: 6 });
  await it.until('both to be well again', async () => {
    const now = await subsystems(it);
    return now.get('looper')?.status === 'ok' && now.get('staller')?.status === 'ok';
  });
}, 40_000);
