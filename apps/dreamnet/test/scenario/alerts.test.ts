import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { AlertView, ReceiverView, RuleView, SilenceView } from '@dreamnet/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

interface Message {
  path: string;
  status: string;
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string> }[];
}

let daemon: DaemonProcess | undefined;
let server: Server;
let messages: Message[];

beforeEach(async () => {
  messages = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      messages.push({ path: request.url ?? '', ...JSON.parse(body) });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await daemon?.remove();
  daemon = undefined;
  await new Promise((resolve) => server.close(resolve));
});

const QUEUE = {
  name: 'queue-long',
  on: 'metric',
  metric: 'queue',
  when: '> 100',
  severity: 'critical',
  labels: { team: 'post' },
  annotations: { summary: '{{subsystem}}: {{value}} letters wait' },
};

async function startDaemon(alerts: object = {}): Promise<DaemonProcess> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  daemon = prepareDaemon({
    subsystems: { mail: { heartbeat: { ttl: '10m' } }, web: { heartbeat: { ttl: '10m' } } },
    alerts: {
      rules: [QUEUE],
      receivers: [
        { name: 'ops', webhook: { url: `${url}/ops` } },
        { name: 'boss', webhook: { url: `${url}/boss` } },
      ],
      defaults: {
        receiver: 'ops',
        groupBy: ['alertname', 'subsystem'],
        groupWait: '0s',
        groupInterval: '200ms',
      },
      ...alerts,
    },
  });
  await daemon.up();
  return daemon;
}

const report = (own: DaemonProcess, subsystem: string, queue: number) =>
  own.client().send('POST', '/api/heartbeats', { subsystem, status: 'ok', metrics: { queue } });

/** Messages about the rule: `/ops firing mail: 250 letters wait`. */
const told = () =>
  messages.flatMap(({ path, alerts }) =>
    alerts
      .filter(({ labels }) => labels.alertname === QUEUE.name)
      .map(({ status, annotations }) => `${path} ${status} ${annotations.summary}`),
  );

const openAlert = async (own: DaemonProcess, subsystem: string): Promise<AlertView | undefined> =>
  (await own.client().get<{ alerts: AlertView[] }>(`/api/alerts?subsystem=${subsystem}`)).alerts.find(
    ({ labels }) => labels.rule === QUEUE.name,
  );

test('alerts: a bad signal goes in, a webhook goes out, and another when it is good again', async () => {
  const own = await startDaemon();
  await report(own, 'mail', 250);
  await own.until('the message', () => told().length === 1);
  await report(own, 'mail', 3);
  await own.until('the end', () => told().length === 2);
  expect(told()).toEqual(['/ops firing mail: 250 letters wait', '/ops resolved mail: 250 letters wait']);
  expect(messages[0]?.alerts[0]?.labels).toMatchObject({
    alertname: 'queue-long',
    subsystem: 'mail',
    severity: 'critical',
    type: 'performance',
    team: 'post',
    metric: 'queue',
  });
  const { rules } = await own.client().get<{ rules: RuleView[] }>('/api/rules');
  expect(rules.map(({ name, firing }) => [name, firing])).toEqual([['queue-long', []]]);
});

test('alerts: who is told further without an acknowledgement, also when the daemon was killed meanwhile', async () => {
  const own = await startDaemon({
    escalation: [{ match: ['team="post"'], steps: [{ after: '3s', receiver: 'boss' }] }],
  });
  await report(own, 'mail', 250);
  await report(own, 'web', 900);
  await own.until('both messages', () => told().length === 2);
  const web = await openAlert(own, 'web');
  const acknowledged = own.cli('alerts', 'ack', web?.id ?? '', '--why', 'on it');
  expect([acknowledged.status, acknowledged.stdout]).toEqual([0, `${web?.id}: ack done\n`]);
  // Who was told is on disk a moment later; a message sent right before the end may come twice, its end not at all.
  await wait(300);
  await own.kill('SIGKILL');
  await own.up();
  expect((await openAlert(own, 'web'))?.acknowledgedBy).toBe('admin');
  expect((await openAlert(own, 'mail'))?.state).toBe('active');
  await own.until('the boss to be told', () => told().some((text) => text.startsWith('/boss')));
  expect(told().filter((text) => text.startsWith('/boss'))).toEqual(['/boss firing mail: 250 letters wait']);
  expect(told().filter((text) => text.startsWith('/ops'))).toEqual([
    '/ops firing mail: 250 letters wait',
    '/ops firing web: 900 letters wait',
  ]);
  await report(own, 'mail', 1);
  await report(own, 'web', 1);
  await own.until('the end of both', () => told().filter((text) => text.includes('resolved')).length === 3);
  expect(told().slice(-3).sort()).toEqual([
    '/boss resolved mail: 250 letters wait',
    '/ops resolved mail: 250 letters wait',
    '/ops resolved web: 900 letters wait',
  ]);
});

test('alerts: what is silenced tells nobody, is shown as silenced, after a kill, too, and is told when it ends', async () => {
  const own = await startDaemon();
  const made = own.cli(
    'alerts',
    'silence',
    'subsystem=~"m.*"',
    'team=post',
    '--for',
    '2h',
    '--comment',
    'moving',
  );
  expect(made.status).toBe(0);
  const [id = ''] = made.stdout.split(':');
  await own.kill('SIGKILL');
  await own.up();
  expect(own.cli('alerts', 'silences').stdout).toContain(id);
  await report(own, 'mail', 250);
  await report(own, 'web', 900);
  await own.until('the one that is not silenced', () => told().length > 0);
  expect((await openAlert(own, 'mail'))?.silencedBy).toEqual([id]);
  expect(own.cli('alerts').stdout).toMatch(/mail .*silenced/);
  expect(own.cli('alerts', 'unsilence', id).stdout).toBe(`${id}: ended\n`);
  await own.until('the silenced one', () => told().length === 2);
  expect(told()).toEqual(['/ops firing web: 900 letters wait', '/ops firing mail: 250 letters wait']);
});

test('alerts: a receiver that cannot be told is an alert, told to another one', async () => {
  const own = await startDaemon({
    defaults: { receiver: 'gone', groupWait: '0s', groupInterval: '200ms' },
    receivers: [
      { name: 'gone', webhook: { url: 'http://127.0.0.1:1/nobody' } },
      { name: 'ops', webhook: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ops` } },
    ],
  });
  await report(own, 'mail', 250);
  await own.until('the alert about the receiver', () =>
    messages.some(({ alerts }) => alerts[0]?.labels.alertname === 'receiver_failing'),
  );
  expect(messages[0]?.alerts[0]?.labels).toMatchObject({ receiver: 'gone', subsystem: 'dreamnet' });
  const { receivers } = await own.client().get<{ receivers: ReceiverView[] }>('/api/receivers');
  expect(receivers[0]?.notifiers[0]?.lastError).toBeDefined();
  expect(own.cli('alerts', 'receivers').stdout).toContain('gone');
  const trial = own.cli('alerts', 'receivers', 'test', 'gone');
  expect([trial.status, trial.stdout]).toEqual([1, expect.stringContaining('gone/webhook[0]: failed')]);
  // Not by the command: it would hold up this process, and the receiver lives in it.
  expect(await own.client().send('POST', '/api/receivers/ops/test')).toEqual({
    receiver: 'ops',
    trials: [{ notifier: 'webhook[0]', ok: true }],
  });
  expect(messages.at(-1)?.alerts[0]?.labels.alertname).toBe('ReceiverTest');
});

test('alerts: the commands say what they cannot do', async () => {
  const own = await startDaemon();
  const runs = [
    ['alerts', 'frobnicate'],
    ['alerts', 'ack'],
    ['alerts', 'silence'],
    ['alerts', 'silence', 'mail', '--for', 'long'],
    ['alerts', 'silence', 'mail', '--weekly', 'someday'],
    ['alerts', 'silence', 'mail', '--weekly', 'sat', '--zone', 'Mars/Olympus'],
    ['alerts', 'silence', 'mail', '--zone', 'UTC'],
    ['alerts', 'silence', 'team=~"("'],
    ['alerts', 'show', 'alert-none'],
    ['alerts', '--severity', 'awful'],
    ['alerts', 'receivers', 'test', 'nobody'],
  ].map((words) => own.cli(...words));
  for (const { status, stdout, stderr } of runs) {
    expect(stderr).toMatch(/error DN_[A-Z]+_[A-Z_]+: /);
    expect([stdout, status === 0]).toEqual(['', false]);
  }
});

test('alerts silence: a star is any text, and a weekly window may be of hours alone', async () => {
  const own = await startDaemon();
  const { status, stderr } = own.cli(
    'alerts',
    'silence',
    'mail.*',
    '--weekly',
    '01:00-02:00',
    '--zone',
    'UTC',
  );
  expect([status, stderr]).toEqual([0, '']);
  const [silence] = JSON.parse(own.cli('alerts', 'silences', '--json').stdout) as SilenceView[];
  expect(silence).toMatchObject({
    matchers: [{ name: 'subsystem', value: 'mail\\..*', isEqual: true, isRegex: true }],
    windows: [{ times: [{ start: 60, end: 120 }], location: 'UTC' }],
  });
});
