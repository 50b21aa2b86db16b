import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Incident, PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const sleeper = { runtime: 'custom', command: ['sh', '-c', 'while :; do sleep 1; done'] };

const agent = async (it: DaemonProcess, name: string): Promise<PsEntry> =>
  (await it.client().get<{ agent: PsEntry }>(`/api/agents/${name}`)).agent;

test('life: a killed agent is restarted, and the incident tells what was seen, done and verified', async () => {
  const it = await startDaemon({ agents: { a: sleeper } });
  const before = await agent(it, 'a');
  process.kill(before.pid ?? 0, 'SIGKILL');
  const incident = await it.until('the incident to be resolved', async () =>
    (await it.client().get<{ incidents: Incident[] }>('/api/incidents')).incidents.find(
      (candidate) => candidate.state === 'resolved',
    ),
  );
  const stages = incident.stages.map((entry) => entry.stage);
  expect(stages.indexOf('detected')).toBeGreaterThanOrEqual(0);
  expect(stages.indexOf('verified')).toBeGreaterThan(stages.indexOf('detected'));
  const after = await agent(it, 'a');
  expect(after.pid).not.toBe(before.pid);
  expect(after.restarts).toBe(1);
});

test('life: after kill -9 of the daemon the next one adopts; no process is doubled; one that died is back', async () => {
  const it = await startDaemon({ agents: { a: sleeper, b: sleeper } });
  const before = { a: await agent(it, 'a'), b: await agent(it, 'b') };
  await it.kill('SIGKILL');
  process.kill(before.b.pid ?? 0, 'SIGKILL');
  expect(it.processes().get('a')).toEqual([before.a.pid]);
  await it.up();
  const b = await it.until('b to be back', async () => {
    const now = await agent(it, 'b');
    return now.pid !== null && now;
  });
  const a = await agent(it, 'a');
  expect(a.pid).toBe(before.a.pid);
  expect(a.isAdopted).toBe(true);
  expect(b.pid).not.toBe(before.b.pid);
  expect([...it.processes().values()].map((pids) => pids.length)).toEqual([1, 1]);
});

test('life: down has ended the daemon and every process when it says so; down --leave-running leaves them to the next daemon', async () => {
  const it = await startDaemon({ agents: { a: sleeper } });
  const before = await agent(it, 'a');
  expect(it.cli('down', '--leave-running').status).toBe(0);
  expect(it.cli('ps').status).not.toBe(0);
  expect(it.processes().get('a')).toEqual([before.pid]);
  await it.up();
  expect((await agent(it, 'a')).pid).toBe(before.pid);
  expect(it.cli('down')).toMatchObject({ status: 0, stdout: 'Ended: a.\n' });
  expect(it.processes().size).toBe(0);
});

test('life: who has finished is not run again by the daemon after down --leave-running; down and up run it again', async () => {
  const job = (policy: string, code: number, more: object = {}) => ({
    runtime: 'custom',
    command: ['sh', '-c', `echo run >> "$DREAMNET_AGENT.runs"; exit ${code}`],
    restart: { policy },
    ...more,
  });
  const agents = {
    done: job('temporary', 0),
    failed: job('temporary', 3),
    transient: job('transient', 0),
    piped: job('temporary', 0, { protocol: 'mcp' }),
  };
  const it = await startDaemon({ agents: { ...agents, stays: sleeper } });
  const runs = () =>
    Object.keys(agents).map(
      (name) => readFileSync(join(it.folder, `${name}.runs`), 'utf8').split('\n').length - 1,
    );
  const allFinished = async () => {
    const now = await Promise.all(Object.keys(agents).map((name) => agent(it, name)));
    return now.every(({ phase }) => phase === 'exited');
  };
  await it.until('all to finish', allFinished);
  expect(it.cli('down', '--leave-running').status).toBe(0);
  await it.up();
  expect(await allFinished()).toBe(true);
  expect(runs()).toEqual([1, 1, 1, 1]);
  // The one that was left is in the same hands as before.
  expect((await agent(it, 'stays')).isAdopted).toBe(true);
  expect(it.cli('down').status).toBe(0);
  await it.up();
  await it.until('all to finish again', allFinished);
  expect(runs()).toEqual([2, 2, 2, 2]);
});

test('life: a secret is never in logs, events, answers or the command line; without it the agent is not started', async () => {
  const secret = 'tr0ub4dor-and-3-words';
  const it = await startDaemon({
    agents: {
      a: {
        runtime: 'custom',
        command: ['sh', '-c', 'echo "key is $KEY" >&2; sleep 1000'],
        bindings: [{ type: 'secrets', config: { KEY: { from: 'vault', key: 'k' } } }],
      },
    },
  });
  expect((await agent(it, 'a')).status).toBe('pending');
  await it.client().send('PUT', '/api/vault/k', { value: secret });
  await it.until('the agent to run', async () => (await agent(it, 'a')).pid !== null);
  await it.until('its line', async () => it.cli('logs', 'a').stdout.includes('key is'));
  const seen = [
    it.cli('logs', 'a').stdout,
    it.cli('describe', 'a', '--json').stdout,
    it.cli('bindings', '--json').stdout,
    it.cli('events', '--json').stdout,
    it.log(),
  ];
  for (const text of seen) expect(text).not.toContain(secret);
  expect(seen[0]).toContain('<secret>');
});

test('life: a token opens what its role may do and nothing else', async () => {
  const it = await startDaemon({ agents: { a: sleeper } });
  await expect(it.client('viewer').send('POST', '/api/agents/a/stop')).rejects.toMatchObject({
    code: 'DN_API_FORBIDDEN',
  });
  await expect(it.client('operator').send('PUT', '/api/vault/k', { value: 'x' })).rejects.toMatchObject({
    code: 'DN_API_FORBIDDEN',
  });
  expect((await it.client('viewer').get<{ agents: PsEntry[] }>('/api/ps')).agents).toHaveLength(1);
});

test('life: a saved fleet file is taken over as a diff; a broken one is refused and changes nothing', async () => {
  const it = await startDaemon({ agents: { a: sleeper } });
  const before = await agent(it, 'a');
  const file = join(it.folder, 'dreamnet.yaml');
  writeFileSync(file, JSON.stringify({ version: 1, agents: { a: sleeper, b: sleeper } }));
  await it.until('b to run', async () => (it.processes().get('b')?.length ?? 0) === 1);
  expect((await agent(it, 'a')).pid).toBe(before.pid);
  writeFileSync(file, 'version: 1\nagents: [');
  await it.until('the refusal', () => it.log().includes('DN_CONFIG_SYNTAX'));
  expect((await agent(it, 'a')).pid).toBe(before.pid);
});

test('life: a second daemon on the same state folder is refused', async () => {
  const it = await startDaemon({ agents: { a: sleeper } });
  const second = it.cli('up', '-f', join(it.folder, 'dreamnet.yaml'), '--port', '0');
  expect(second.status).not.toBe(0);
  expect(second.stderr).toContain('DN_STATE_LOCKED');
  expect(second.stderr).toContain(String(it.pid()));
});

test('life: an agent that finished its work, as its policy allows, is no fault', async () => {
  const it = await startDaemon({
    agents: {
      a: { runtime: 'custom', command: ['sh', '-c', 'sleep 0.3; exit 0'], restart: { policy: 'transient' } },
    },
  });
  // The Linker hears of the end a moment after the supervisor has seen it.
  const finished = await it.until('it to finish', async () => {
    const now = await agent(it, 'a');
    return now.phase === 'exited' && now.status !== 'running' && now;
  });
  expect(finished.status).toBe('stopped');
  expect((await it.client().get<{ alerts: unknown[] }>('/api/alerts?state=recent')).alerts).toEqual([]);
  expect((await it.client().get<{ incidents: unknown[] }>('/api/incidents')).incidents).toEqual([]);
});

test('life: what a person does to an agent is in the audit chain, and the chain is unbroken', async () => {
  const it = await startDaemon({ agents: { a: sleeper } });
  await it.client('operator').send('POST', '/api/agents/a/restart');
  expect(it.cli('events', '--json').stdout).toContain('"action":"agent.restart","actor":"operator"');
  const checks = JSON.parse(it.cli('doctor', '--json').stdout) as { check: string; isOk: boolean }[];
  expect(checks.find(({ check }) => check === 'audit chain')?.isOk).toBe(true);
});

test('life: agents that were left running find the next daemon where the last one was', async () => {
  const it = await startDaemon({ agents: { a: sleeper } });
  const before = it.client().url;
  it.cli('down', '--leave-running');
  await it.until('the daemon to end', () => !it.cli('ps').stdout.includes('AGENT'));
  await it.up();
  expect(it.client().url).toBe(before);
});

test('apply: an agent on pipes whose change needs no restart goes on with its process and its conversation', async () => {
  const program = fileURLToPath(new URL('../../../../examples/fleet/agents/researcher.py', import.meta.url));
  const researcher = {
    runtime: 'python',
    command: ['python3', program],
    protocol: 'mcp',
    capabilities: ['data.analysis'],
  };
  const it = await startDaemon({ agents: { researcher } });
  const call = () => it.cli('call', 'data.analysis', '{"numbers":[1,2,3]}');
  await it.until('it to be routed to', () => call().status === 0);
  const before = await agent(it, 'researcher');
  const changed = { version: 1, agents: { researcher: { ...researcher, cost: 5 } } };
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify(changed));
  expect(it.cli('apply').status).toBe(0);
  expect(call().status).toBe(0);
  const after = await agent(it, 'researcher');
  expect([after.pid, after.restarts]).toEqual([before.pid, 0]);
});
