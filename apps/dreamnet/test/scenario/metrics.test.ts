import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

const PAGE = readFileSync(
  fileURLToPath(new URL('../../../../docs/reference/metrics.md', import.meta.url)),
  'utf8',
);
const command = ['sh', '-c', 'while :; do sleep 1; done'];
let daemon: DaemonProcess;
let text = '';

/** A fleet with one of everything that has a metric. */
beforeAll(async () => {
  daemon = prepareDaemon({
    subsystems: { billing: { domain: 'economy', heartbeat: { ttl: '10m' } } },
    agents: {
      ticker: {
        ...{ runtime: 'custom', command, protocol: 'none' },
        resources: { budget: { tokens: '1M', money: '5 USD', per: 'day' } },
      },
    },
    alerts: { receivers: [{ name: 'ops', webhook: { url: 'http://127.0.0.1:9/ops' } }] },
  });
  await daemon.up();
  const client = daemon.client();
  await client.send('POST', '/api/heartbeats', {
    subsystem: 'billing',
    status: 'error',
    metrics: { queue: 5 },
  });
  await client.send('POST', '/api/silences', { subsystem: 'billing', for: '1h' });
  expect(daemon.cli('freeze', 'ticker').status).toBe(0);
  const { url, token } = daemon.access();
  // What an agent uses is known once it was looked at.
  text = await daemon.until('all metrics', async () => {
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const found = await answer.text();
    return found.includes('dreamnet_agent_resident_bytes{') && found;
  });
}, 60_000);
afterAll(() => daemon.remove());

interface Family {
  name: string;
  type: string;
  help: string;
  labels: readonly string[];
}

function familiesOf(exposition: string): Family[] {
  return exposition.split(/^(?=# HELP )/m).map((part) => {
    const [, name = '', help = ''] = /^# HELP (\S+) (.+)$/m.exec(part) ?? [];
    const [, typed, type = ''] = /^# TYPE (\S+) (\S+)$/m.exec(part) ?? [];
    expect(typed).toBe(name);
    const [, shown = ''] = new RegExp(`^${name}(?:\\{([^\n]*)\\})? `, 'm').exec(part) ?? [];
    return {
      name,
      type,
      help,
      labels: [...shown.matchAll(/(?:^|,)(\w+)="/g)].map(([, label]) => label ?? ''),
    };
  });
}

test('metrics: each has its type, a help text, and a unit in base form at the end of its name', () => {
  const families = familiesOf(text);
  expect(families.length).toBeGreaterThan(35);
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  for (const { name, type, help } of families) {
    expect(help).toMatch(/^[A-Z].*[.]$/);
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|kib|mib|kb|mb|percent)(_|$)/);
  }
});

test('metrics: the reference page lists each with its type, labels and words, and none that is in no source', () => {
  for (const { name, type, help, labels } of familiesOf(text)) {
    const shown = labels.map((label) => `\`${label}\``).join(' ');
    expect(PAGE).toContain(`| \`${name}\` | ${type} | ${shown} | ${help} |`);
  }
  const seen = new Set(familiesOf(text).map(({ name }) => name));
  const listed = [...PAGE.matchAll(/^\| `(\w+)` \| (?:gauge|counter)/gm)].map(([, name]) => name ?? '');
  // A machine without control groups charges none with memory.
  expect(listed.filter((name) => !seen.has(name) && name !== 'dreamnet_agent_cgroup_memory_bytes')).toEqual(
    [],
  );
});

test('metrics: promtool finds nothing to say about them', (ctx) => {
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  if (error !== undefined) return ctx.skip('there is no promtool on this machine');
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});
