import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore } from '@dreamnet/adapters';
import type { BudgetView, CallOutcome, FreezeView, PsEntry, StatusView } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { fixtureCommand } from '@dreamnet/testkit';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../src/daemon/free-port.js';
import { openStateDir } from '../../src/daemon/state-dir.js';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

let daemon: DaemonProcess | undefined;
let folder: string | undefined;
afterEach(async () => {
  await daemon?.remove();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  [daemon, folder] = [undefined, undefined];
});

interface Burner {
  it: DaemonProcess;
  /** What was really spent, by the agent's own account. */
  spent(): number;
}

/** A daemon with one agent, `burner`, which spends as told. */
async function startBurner(
  budget: object,
  how: { waitMs?: number; isAsking?: boolean } = {},
): Promise<Burner> {
  const { waitMs = 0, isAsking = false } = how;
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-burner-'));
  const file = join(folder, 'spent');
  const port = await freePort(new Set());
  const args = [file, String(port), String(waitMs), ...(isAsking ? ['--ask'] : [])];
  const it = prepareDaemon({
    agents: {
      burner: {
        runtime: 'custom',
        command: fixtureCommand('burns-budget.mjs', ...args),
        protocol: 'http',
        endpoint: `http://127.0.0.1:${port}`,
        capabilities: ['code.generation'],
        resources: { budget },
      },
    },
  });
  daemon = it;
  await it.up();
  await it.until('a route', async () => {
    const { routes } = await it.client().get<{ routes: { candidates: unknown[] }[] }>('/api/routes');
    return routes.some(({ candidates }) => candidates.length > 0);
  });
  return { it, spent: () => (existsSync(file) ? readFileSync(file).length : 0) };
}

const call = (it: DaemonProcess, timeoutMs = 60_000) =>
  it.client().send<CallOutcome>('POST', '/api/call', { capability: 'code.generation', timeoutMs });

/** Many at once over few connections: the machine of a test has no ten thousand sockets to spare. */
async function callInParallel(it: DaemonProcess, count: number): Promise<CallOutcome[]> {
  const { url, token } = it.access();
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const body = JSON.stringify({ capability: 'code.generation', timeoutMs: 60_000 });
  const one = () =>
    new Promise<CallOutcome>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const asked = request(`${url}/api/call`, { method: 'POST', agent, headers }, (answer) => {
        let text = '';
        answer.on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve(JSON.parse(text)));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  try {
    return await Promise.all(Array.from({ length: count }, one));
  } finally {
    agent.destroy();
  }
}

/** The audit trail of a daemon that does not run. */
async function auditOf(it: DaemonProcess): Promise<unknown[]> {
  const store = await createSqliteStore({ path: join(it.stateDir, 'state.db'), clock: systemClock() });
  const entries = await store.readJournal('audit', { limit: 1000 });
  await store.close();
  return entries.map(({ value }) => value);
}

const budgetOf = (it: DaemonProcess) => it.client().get<BudgetView>('/api/budgets/burner');
const usedOf = async (it: DaemonProcess, measure: string) =>
  (await budgetOf(it)).measures.find((one) => one.measure === measure)?.used;

test('budgets: of a thousand calls in parallel the agent sees as many as its budget allows, also after kill -9', {
  timeout: 60_000,
}, async () => {
  const { it, spent } = await startBurner({ calls: 50, per: 'ever' });

  const outcomes = await callInParallel(it, 1000);
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(50);
  expect(spent()).toBe(50);
  const refused = outcomes.find(({ ok }) => !ok);
  expect(refused).toMatchObject({ ok: false, code: 'DN_BUDGET_EXCEEDED' });
  expect(refused?.ok === false && refused.message).toContain("budget 'burner' has used 50 of 50 calls");

  await it.kill('SIGKILL');
  await it.up();
  await it.until('the refusal after the restart', async () => {
    const outcome = await call(it);
    return !outcome.ok && outcome.code === 'DN_BUDGET_EXCEEDED';
  });
  expect(spent()).toBe(50);

  expect(it.cli('budgets', 'reset', 'burner').status).toBe(0);
  expect(await call(it)).toMatchObject({ ok: true });
  expect(it.cli('budgets', 'set', 'burner', 'calls=1').stdout).toContain('set by admin');
  expect(await call(it)).toMatchObject({ ok: false, code: 'DN_BUDGET_EXCEEDED' });
  const events = it.cli('events', '--json', '--pattern', 'audit.recorded.>').stdout;
  expect(events).toContain('"budget.reset"');
  expect(events).toContain('"budget.set"');
});

test('budgets: one that reserves a hundred at once for ever spends no more than its limit, daemons dying meanwhile', {
  timeout: 60_000,
}, async () => {
  const limit = 1500;
  const { it, spent } = await startBurner({ tokens: limit, per: 'ever', meter: 'agent' }, { isAsking: true });
  for (const share of [0.1, 0.4]) {
    await it.until('some of it to be spent', () => spent() > limit * share);
    await it.kill('SIGKILL');
    await it.up();
  }
  await it.until('the budget to be used up', async () => (await usedOf(it, 'tokens')) === limit);
  expect(spent()).toBeLessThanOrEqual(limit);
  // What was granted in the moments of the kills was perhaps never heard; nearly all was.
  expect(spent()).toBeGreaterThan(limit / 2);
  await it.until('both alerts', async () => {
    const alerts = await it.client().get<{ alerts: { message: string; severity: string }[] }>('/api/alerts');
    return alerts.alerts.filter(({ message }) => message.includes('budget burner')).length === 2;
  });
});

test('budgets: what an answer says it used is what counts', { timeout: 60_000 }, async () => {
  const { it } = await startBurner({ tokens: '1k', reserve: { tokens: 100 }, per: 'day' });
  expect(await call(it)).toMatchObject({ ok: true });
  expect(await usedOf(it, 'tokens')).toBe(10);
});

test('budgets: an agent reserves for itself only, and whoever may only look reserves nothing', {
  timeout: 60_000,
}, async () => {
  const { it } = await startBurner({ tokens: 100, per: 'day' });
  const { url } = it.access();
  const ask = async (token: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/reservations`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const { error } = (await answer.json()) as { error?: { code: string } };
    return error?.code ?? answer.status;
  };
  const state = openStateDir(it.stateDir);
  const own = state.agentToken('burner');
  expect(await ask(own, { tokens: 1 })).toBe(201);
  expect(await ask(own, { tokens: 1, agent: 'other' })).toBe('DN_REPORT_FOREIGN');
  expect(await ask(state.agentToken('ghost'), { tokens: 1 })).toBe('DN_API_NOT_FOUND');
  expect(await ask(state.tokenOf('viewer'), { tokens: 1, agent: 'burner' })).toBe('DN_API_FORBIDDEN');
  expect(await ask(state.tokenOf('operator'), { tokens: 1 })).toBe('DN_API_BAD_INPUT');
  expect(await ask(own, { tokens: -1 })).toBe('DN_API_BAD_INPUT');
  expect(await ask(own, {})).toBe('DN_BUDGET_NO_ESTIMATE');
  expect(await ask(own, { tokens: 100 })).toBe('DN_BUDGET_EXCEEDED');
});

test('freeze: ends what is in flight, refuses by name, survives kill -9, and is written down with who and why', {
  timeout: 60_000,
}, async () => {
  const { it, spent } = await startBurner({ calls: 100, per: 'day' }, { waitMs: 50_000 });
  const inFlight = call(it);
  await it.until('the call to be in flight', () => spent() === 1);

  const answer = await it
    .client('operator')
    .send<{ cancelled: number; withdrawn: string[] }>('POST', '/api/freeze', {
      name: 'burner',
      reason: 'it burns',
    });
  await it.kill('SIGKILL');
  expect(answer).toMatchObject({ cancelled: 1, withdrawn: ['burner'] });
  expect(await auditOf(it)).toContainEqual(
    expect.objectContaining({
      action: 'spending.freeze',
      actor: 'operator',
      target: 'burner',
      details: { reason: 'it burns', cancelled: 1, withdrawn: ['burner'] },
    }),
  );
  // Its answer was on the way when the daemon was killed, or it was not: it did not wait for the agent.
  const outcome = await inFlight.catch(() => undefined);
  if (outcome) expect(outcome).toMatchObject({ ok: false, code: 'DN_BUDGET_FROZEN' });

  await it.up();
  const status = await it.client().get<StatusView>('/api/status');
  expect(status.frozen).toMatchObject([{ target: 'burner', by: 'operator', reason: 'it burns' }]);
  expect(it.cli('status').stdout).toContain('spending of burner is frozen by operator');
  const refused = await it.until('the refusal', async () => {
    const found = await call(it);
    return !found.ok && found.code === 'DN_BUDGET_FROZEN' && found;
  });
  expect(refused.ok === false && refused.message).toContain('(it burns)');
  expect(spent()).toBe(1);
  await it.until('the agent to answer the new daemon', async () => {
    const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
    return agents.some(({ health }) => health.readiness.state === 'ready');
  });
  expect(it.cli('routes', 'explain', 'code.generation').stdout).toMatch(
    /burner +has not served since .*: its spending is frozen by operator: it burns\n/,
  );

  expect(it.cli('freeze', '--release').stdout + it.cli('freeze', '--release').stderr).toContain(
    'DN_BUDGET_NOT_FROZEN',
  );
  expect(it.cli('freeze', 'burner', '--release').status).toBe(0);
  expect((await it.client().get<{ frozen: FreezeView[] }>('/api/freeze')).frozen).toEqual([]);
  const allowed = call(it, 500);
  await it.until('the agent to be called again', () => spent() === 2);
  expect(await allowed).toMatchObject({ ok: false, code: expect.stringContaining('TIMEOUT') });
});
