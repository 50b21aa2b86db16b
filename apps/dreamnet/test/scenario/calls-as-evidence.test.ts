import type { CallOutcome, Incident, PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

/** One thing at a time: while it works on a call it answers no question, and it uses no processor time. */
const ONE_AT_A_TIME = `
import http.server, json, os, time
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = json.dumps({'output': 'done'}).encode()
        self.send_response(200)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer()
    def do_POST(self):
        time.sleep(4)
        self.answer()
    def log_message(self, *args):
        pass
http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()`;

/** Says that it is well, and answers no call. */
const HANGS = `
require('node:http').createServer((request, response) => {
  if (request.method === 'GET') response.end('fine');
}).listen(Number(process.env.PORT), '127.0.0.1');`;

const ANSWERS = `
require('node:http').createServer((request, response) => {
  response.setHeader('content-type', 'application/json').end('{"output":"done"}');
}).listen(Number(process.env.PORT), '127.0.0.1');`;

const http = (command: readonly string[], more: object = {}) => ({
  runtime: 'custom',
  command,
  protocol: 'http',
  endpoint: 'http://127.0.0.1:{port}',
  capabilities: ['work'],
  health: { readiness: { every: '200ms', timeout: '500ms' }, progress: { stallAfter: '1500ms' } },
  ...more,
});

async function start(agents: object): Promise<DaemonProcess> {
  const it = await startDaemon({ agents });
  await it.until('all to be ready', async () => {
    const { agents: all } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
    return all.every(({ health }) => health.readiness.state === 'ready');
  });
  return it;
}

const call = (it: DaemonProcess, timeoutMs: number) =>
  it.client().send<CallOutcome>('POST', '/api/call', { capability: 'work', input: {}, timeoutMs });
const incidentsOf = async (it: DaemonProcess) =>
  (await it.client().get<{ incidents: Incident[] }>('/api/incidents')).incidents;

test('calls as evidence: one that is silent because it works on our call is left alone, and the call is answered', async () => {
  const it = await start({ slow: http(['python3', '-c', ONE_AT_A_TIME]) });
  const before = await it.client().get<{ agent: PsEntry }>('/api/agents/slow');
  expect(await call(it, 30_000)).toMatchObject({ ok: true, provider: 'slow' });
  const stages = (await incidentsOf(it)).flatMap((incident) => incident.stages.map(({ stage }) => stage));
  expect(stages).not.toContain('executed');
  const { agent } = await it.client().get<{ agent: PsEntry }>('/api/agents/slow');
  expect(agent).toMatchObject({ pid: before.agent.pid, restarts: 0 });
});

test('calls as evidence: one that answers its probe and no call is asked last, told as stuck, and restarted', async () => {
  const it = await start({
    hangs: http(['node', '-e', HANGS], { preference: 200 }),
    works: http(['node', '-e', ANSWERS]),
  });
  for (const _ of [1, 2]) expect(await call(it, 1700)).toMatchObject({ ok: false });
  expect(await call(it, 1700)).toMatchObject({ ok: true, provider: 'works', decidedBy: 'health' });
  // Nobody else is left to ask.
  expect(it.cli('stop', 'works').status).toBe(0);
  await call(it, 1700);
  const incident = await it.until('it to be restarted', async () =>
    (await incidentsOf(it)).find(({ cause }) => cause.subsystem === 'hangs'),
  );
  expect(incident.cause.reason).toMatch(/answers questions, but none of its last 3 calls/);
  await it.until('the restart to be verified', async () =>
    (await incidentsOf(it)).some(({ cause, state }) => cause.subsystem === 'hangs' && state === 'resolved'),
  );
}, 60_000);
