import type { Incident, RecoveryAction } from '@dreamnet/contracts';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Daemon } from '../../src/daemon/daemon.js';
import { addRecoveryRoutes } from '../../src/http/routes-recovery.js';
import { createServer } from '../../src/http/server.js';

/** Newest first, as the core lists them. */
const INCIDENTS = [
  { id: 'newest', state: 'resolved', openedAt: 3 },
  { id: 'middle', state: 'open', openedAt: 2 },
  { id: 'oldest', state: 'open', openedAt: 1 },
] as unknown as Incident[];

let app: FastifyInstance;
let actions: RecoveryAction[];
beforeEach(async () => {
  actions = [];
  app = await createServer({
    identify: (token) => ({ role: token === 'operator' ? 'operator' : 'viewer' }),
    consoleDir: '/nonexistent',
    version: '0.0.0',
    allowedHosts: ['127.0.0.1'],
    register: (server) =>
      addRecoveryRoutes(server, {
        core: {
          incidents: () => INCIDENTS,
          generateRecoveryActions: ({ ledger }: Record<string, unknown>) =>
            actions.push(ledger as RecoveryAction),
          recoveryActions: () => actions,
        },
        watchList: { context: () => ({ ledger: { id: 'remedy-1', createdAt: 1 } }) },
      } as unknown as Daemon),
  });
});
afterEach(() => app.close());

const HEADERS = { host: '127.0.0.1', authorization: 'Bearer x' };
const ask = (query: string) => app.inject({ method: 'GET', url: `/api/incidents${query}`, headers: HEADERS });
const idsOf = async (query: string) =>
  (await ask(query)).json<{ incidents: Incident[] }>().incidents.map(({ id }) => id);

test('incidents: with a limit the open ones come first, without one all come newest first', async () => {
  expect(await idsOf('')).toEqual(['newest', 'middle', 'oldest']);
  expect(await idsOf('?limit=2')).toEqual(['middle', 'oldest']);
  expect(await idsOf('?limit=9')).toEqual(['middle', 'oldest', 'newest']);
});

test('incidents: pages are newest first, whatever is open, and end with the last', async () => {
  const first = (await ask('?limit=2&order=newest')).json<{ incidents: Incident[]; next: string }>();
  expect(first.incidents.map(({ id }) => id)).toEqual(['newest', 'middle']);
  const last = (await ask(`?limit=2&after=${first.next}`)).json<{ incidents: Incident[]; next: null }>();
  expect(last).toMatchObject({ incidents: [{ id: 'oldest' }], next: null });
  for (const wrong of ['?after=nowhere', '?order=worst']) expect((await ask(wrong)).statusCode).toBe(400);
});

test('incidents: a limit that is no whole number from 1 on is refused', async () => {
  for (const limit of ['0', '-1', '1.5', 'many']) expect((await ask(`?limit=${limit}`)).statusCode).toBe(400);
});

test('recovery actions: who may act asks what could be done, of all that is watched; to look proposes nothing', async () => {
  const url = '/api/recovery-actions';
  const looked = await app.inject({ method: 'GET', url, headers: HEADERS });
  expect(looked.json()).toEqual({ actions: [], next: null });
  expect((await app.inject({ method: 'POST', url, headers: HEADERS })).statusCode).toBe(403);
  expect(actions).toEqual([]);
  const operator = { ...HEADERS, authorization: 'Bearer operator' };
  const asked = await app.inject({ method: 'POST', url, headers: operator });
  expect(asked.json()).toMatchObject({ actions: [{ id: 'remedy-1' }], next: null });
});
