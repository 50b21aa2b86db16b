import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Alert,
  BudgetView,
  EnvironmentBinding,
  FreezeView,
  PsEntry,
  RecoveryAction,
  ReservationView,
  ScaleView,
  Silence,
} from '@dreamnet/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';

/** Runs, and can never be asked with success: a remedy is proposed, and alerts stay. */
const sick = {
  runtime: 'custom',
  command: ['sleep', '1000'],
  health: { readiness: { every: '100ms', fall: 1 }, probe: { exec: ['false'] } },
};
const SICK = ['rejected', 'approved', 'acknowledged', 'resolved', 'closed'];
const well = { runtime: 'custom', command: ['sleep', '1000'] };

let it: DaemonProcess;
beforeAll(async () => {
  it = prepareDaemon({
    agents: {
      ...Object.fromEntries(SICK.map((name) => [name, sick])),
      ...{ stopping: well, started: well, restarted: well, bound: well },
      stopping2: well,
      web: { ...well, replicas: 2 },
      spender: { ...well, resources: { budget: { calls: 100, per: 'day' } } },
    },
    groups: { pair: { members: ['stopping2'] } },
    budgets: { all: { agents: ['spender'], calls: 100, per: 'day' } },
    recovery: { default: 'propose' },
  });
  await it.up();
}, 60_000);
afterAll(() => it.remove());

const get = <T>(path: string) => it.client().get<T>(path);
const send = <T = unknown>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
  it.client().send<T>(method, path, body);
const remedies = async () => (await get<{ actions: RecoveryAction[] }>('/api/recovery-actions')).actions;
const alertsOf = async (subsystem: string) =>
  (await get<{ alerts: Alert[] }>(`/api/alerts?state=recent&subsystem=${subsystem}`)).alerts;
const agent = async (name: string) =>
  (await get<{ agents: PsEntry[] }>('/api/ps')).agents.find((one) => one.name === name);
const scale = () => get<ScaleView>('/api/agents/web/scale');
const budget = () => get<BudgetView>('/api/budgets/all');
const reservations = async () =>
  (await get<{ reservations: ReservationView[] }>('/api/reservations')).reservations;
const frozen = async () => (await get<{ frozen: FreezeView[] }>('/api/freeze')).frozen;
const silences = async () => (await get<{ silences: Silence[] }>('/api/silences')).silences;
const bindings = async () => (await get<{ bindings: EnvironmentBinding[] }>('/api/bindings')).bindings;
const versions = async () =>
  (await get<{ versions: { version: number }[] }>('/api/vault/token')).versions.length;

const remedyOf = (name: string) =>
  it.until('a remedy that waits for a person', async () =>
    (await remedies()).find(({ subsystem, state }) => subsystem === name && state === 'needs_approval'),
  );
/** The remedy that a decision was about. */
const decided = async (answer: unknown) => {
  const { remedyId } = answer as { remedyId: string };
  return (await remedies()).find(({ id }) => id === remedyId);
};
const openAlertOf = (name: string) =>
  it.until('its alert', async () => (await alertsOf(name)).find(({ state }) => state === 'active'));

/** One thing a person may order. */
interface Order {
  what: string;
  /** Asks for it when all is prepared; what it gives back is handed to `holds`. The daemon is killed when it is answered. */
  order: () => Promise<() => Promise<unknown>>;
  /** Under the next daemon. */
  holds: (before: unknown) => Promise<void>;
}

const ORDERS: readonly Order[] = [
  {
    what: 'reject a remedy',
    order: async () => {
      const { id } = await remedyOf('rejected');
      return () => send<{ remedyId: string }>('POST', `/api/recovery-actions/${id}/reject`);
    },
    holds: async (answer) =>
      expect(await decided(answer)).toMatchObject({ state: 'rejected', decidedBy: 'admin' }),
  },
  {
    what: 'approve a remedy',
    order: async () => {
      const { id } = await remedyOf('approved');
      return () => send<{ remedyId: string }>('POST', `/api/recovery-actions/${id}/approve`);
    },
    holds: async (answer) => {
      const remedy = await decided(answer);
      expect(remedy).toMatchObject({ decidedBy: 'admin' });
      expect(['proposed', 'needs_approval']).not.toContain(remedy?.state);
    },
  },
  {
    what: 'acknowledge an alert',
    order: async () => {
      const { id } = await openAlertOf('acknowledged');
      return () => send('POST', `/api/alerts/${id}/acknowledge`);
    },
    holds: async (answer) => {
      const alerts = await alertsOf('acknowledged');
      expect(alerts.find(({ id }) => id === (answer as Alert).id)).toMatchObject({ acknowledgedBy: 'admin' });
    },
  },
  {
    what: 'resolve an alert',
    order: async () => {
      const { id } = await openAlertOf('resolved');
      return () => send('POST', `/api/alerts/${id}/resolve`);
    },
    holds: async (answer) => {
      const alerts = await alertsOf('resolved');
      expect(alerts.find(({ id }) => id === (answer as Alert).id)?.state).toMatch(/resolved|closed/);
    },
  },
  {
    what: 'close an alert',
    order: async () => {
      const { id } = await openAlertOf('closed');
      await send('POST', `/api/alerts/${id}/resolve`);
      return () => send('POST', `/api/alerts/${id}/close`);
    },
    holds: async (answer) => {
      const alerts = await alertsOf('closed');
      expect(alerts.find(({ id }) => id === (answer as Alert).id)).toMatchObject({ state: 'closed' });
    },
  },
  {
    what: 'silence alerts',
    order: async () => () => send('POST', '/api/silences', { subsystem: 'web', for: '1h' }),
    holds: async (answer) => {
      const known = (await silences()).find(({ id }) => id === (answer as Silence).id);
      expect(known).toMatchObject({ state: 'active' });
    },
  },
  {
    what: 'end a silence',
    order: async () => {
      const [first] = await silences();
      return () => send('DELETE', `/api/silences/${first?.id}`);
    },
    holds: async (answer) => {
      const known = (await silences()).find(({ id }) => id === (answer as Silence).id);
      expect(known).toMatchObject({ state: 'expired' });
    },
  },
  {
    what: "set a budget's limits",
    order: async () => () => send('PUT', '/api/budgets/all', { calls: 7 }),
    holds: async () => expect((await budget()).measures).toMatchObject([{ measure: 'calls', limit: 7 }]),
  },
  {
    what: 'reserve',
    order: async () => () => send('POST', '/api/reservations', { agent: 'spender', calls: 2 }),
    holds: async (answer) =>
      expect((await reservations()).map(({ id }) => id)).toContain((answer as ReservationView).id),
  },
  {
    what: 'settle a reservation',
    order: async () => {
      const [held] = await reservations();
      return () => send('POST', `/api/reservations/${held?.id}/settle`, { agent: 'spender', calls: 2 });
    },
    holds: async () => {
      expect(await reservations()).toEqual([]);
      expect((await budget()).measures).toMatchObject([{ measure: 'calls', used: 2 }]);
    },
  },
  {
    what: 'release a reservation',
    order: async () => {
      const held = await send<ReservationView>('POST', '/api/reservations', { agent: 'spender', calls: 3 });
      return () => send('POST', `/api/reservations/${held.id}/release`, { agent: 'spender' });
    },
    holds: async () => {
      expect(await reservations()).toEqual([]);
      expect((await budget()).measures).toMatchObject([{ measure: 'calls', used: 2 }]);
    },
  },
  {
    what: 'reset a budget',
    order: async () => () => send('POST', '/api/budgets/all/reset'),
    holds: async () => expect((await budget()).measures).toMatchObject([{ measure: 'calls', used: 0 }]),
  },
  {
    what: 'freeze, and end who could spend',
    order: async () => () => send('POST', '/api/freeze', { name: 'spender', stop: true }),
    holds: async () => {
      expect(await frozen()).toMatchObject([{ target: 'spender' }]);
      expect((await agent('spender'))?.pid ?? null).toBeNull();
    },
  },
  {
    what: 'release a freeze',
    order: async () => () => send('POST', '/api/freeze/release', { name: 'spender' }),
    holds: async () => {
      expect(await frozen()).toEqual([]);
      await it.until('who was ended to run', async () => ((await agent('spender'))?.pid ?? null) !== null);
    },
  },
  {
    what: 'store a secret',
    order: async () => () => send('PUT', '/api/vault/token', { value: 'first' }),
    holds: async () => expect(await versions()).toBe(1),
  },
  {
    what: 'roll a secret back',
    order: async () => {
      await send('PUT', '/api/vault/token', { value: 'second' });
      return () => send('POST', '/api/vault/token/rollback', { version: 1 });
    },
    holds: async () => expect(await versions()).toBe(3),
  },
  {
    what: 'delete a secret',
    order: async () => () => send('DELETE', '/api/vault/token'),
    holds: async () => expect((await get<{ secrets: unknown[] }>('/api/vault')).secrets).toEqual([]),
  },
  {
    what: 'bind',
    order: async () => {
      const wanted = { agent: 'bound', type: 'network', config: { access: 'host' } };
      return () => send('POST', '/api/bindings', wanted);
    },
    holds: async (answer) => {
      const { binding } = answer as { binding: EnvironmentBinding };
      expect((await bindings()).map(({ id }) => id)).toContain(binding.id);
    },
  },
  {
    what: 'unbind',
    order: async () => {
      const found = (await bindings()).find(({ processId }) => processId === 'bound');
      return () => send('DELETE', `/api/bindings/${found?.id}`);
    },
    holds: async () =>
      expect((await bindings()).filter(({ processId }) => processId === 'bound')).toEqual([]),
  },
  {
    what: 'stop an agent',
    order: async () => () => send('POST', '/api/agents/stopping/stop'),
    holds: async () => expect(await agent('stopping')).toMatchObject({ status: 'stopped', pid: null }),
  },
  {
    what: 'stop a group',
    order: async () => () => send('POST', '/api/groups/pair/stop'),
    holds: async () => expect(await agent('stopping2')).toMatchObject({ status: 'stopped', pid: null }),
  },
  {
    what: 'start a group',
    order: async () => async () => {
      await send('POST', '/api/groups/pair/start');
      return agent('stopping2');
    },
    holds: async (answer) => {
      await it.until('it to run', async () => (await agent('stopping2'))?.status === 'running');
      expect((await agent('stopping2'))?.pid).toBe((answer as PsEntry).pid);
    },
  },
  {
    what: 'restart a group',
    order: async () => {
      const before = await agent('stopping2');
      return async () => {
        await send('POST', '/api/groups/pair/restart');
        return before;
      };
    },
    holds: async (before) => {
      await it.until('it to run', async () => (await agent('stopping2'))?.status === 'running');
      const now = await agent('stopping2');
      expect(now?.pid).not.toBe((before as PsEntry).pid);
      expect(it.processes().get('stopping2')).toEqual([now?.pid]);
    },
  },
  {
    what: 'start an agent',
    order: async () => {
      await send('POST', '/api/agents/started/stop');
      return () => send('POST', '/api/agents/started/start');
    },
    holds: async (answer) => expect(await agent('started')).toMatchObject({ pid: (answer as PsEntry).pid }),
  },
  {
    what: 'restart an agent',
    order: async () => () => send('POST', '/api/agents/restarted/restart'),
    holds: async (answer) => expect(await agent('restarted')).toMatchObject({ pid: (answer as PsEntry).pid }),
  },
  {
    what: 'stop one replica',
    order: async () => () => send('POST', '/api/agents/web%232/stop'),
    holds: async () => {
      await it.until('the other one to run', async () => (await agent('web#1'))?.status === 'running');
      expect(await agent('web#2')).toMatchObject({ status: 'stopped', pid: null });
    },
  },
  {
    what: 'start one replica',
    order: async () => () => send('POST', '/api/agents/web%232/start'),
    holds: async () => {
      await it.until('it to run', async () => (await agent('web#2'))?.status === 'running');
    },
  },
  {
    what: 'replace an agent one replica after the other',
    order: async () => {
      const before = [(await agent('web#1'))?.pid, (await agent('web#2'))?.pid];
      return async () => {
        await send('POST', '/api/agents/web/roll', {});
        return before;
      };
    },
    holds: async (before) => {
      await it.until('it to be over', async () => (await scale()).rolling?.phase === 'done');
      const now = (await scale()).replicas.map(({ pid }) => pid);
      expect(now).toHaveLength(2);
      for (const pid of before as number[]) expect(now).not.toContain(pid);
    },
  },
  {
    what: 'scale an agent',
    order: async () => () => send('POST', '/api/agents/web/scale', { replicas: 3 }),
    holds: async () => expect(await scale()).toMatchObject({ desired: 3 }),
  },
  {
    what: 'apply a change of the file',
    order: async () => {
      const file = join(it.folder, 'dreamnet.yaml');
      writeFileSync(file, JSON.stringify({ version: 1, agents: { last: well } }));
      return () => send('POST', '/api/apply');
    },
    holds: async () => {
      const { agents } = await get<{ agents: PsEntry[] }>('/api/ps');
      expect(agents).toMatchObject([{ name: 'last', pid: expect.any(Number) }]);
    },
  },
];

for (const { what, order, holds } of ORDERS)
  test(`orders: '${what}' holds when kill -9 of the daemon follows its answer`, async () => {
    const ask = await order();
    const answer = await ask();
    process.kill(it.pid(), 'SIGKILL');
    await it.kill('SIGKILL');
    await it.up();
    await holds(answer);
  });
