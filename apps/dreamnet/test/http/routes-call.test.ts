import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Daemon } from '../../src/daemon/daemon.js';
import { addAgentRoutes } from '../../src/http/routes-agents.js';
import { createServer } from '../../src/http/server.js';

let app: FastifyInstance;
beforeEach(async () => {
  const call = async ({ input }: { input: unknown }) => ({ output: { input } });
  app = await createServer({
    identify: () => ({ role: 'operator' }),
    consoleDir: '/nonexistent',
    version: '0.0.0',
    allowedHosts: ['127.0.0.1'],
    register: (server) => addAgentRoutes(server, { call } as unknown as Daemon),
  });
});
afterEach(() => app.close());

async function inputOf(body: object): Promise<unknown> {
  const headers = { host: '127.0.0.1', authorization: 'Bearer x', 'content-type': 'application/json' };
  const answer = await app.inject({
    method: 'POST',
    url: '/api/call',
    headers,
    payload: JSON.stringify(body),
  });
  return answer.json().output.input;
}

test('call: the input is given as it came, null included; only who gives none has an empty object', async () => {
  for (const input of [null, 0, false, '', 'text', [], [null], {}, { a: null }])
    expect(await inputOf({ capability: 'any.thing', input })).toEqual(input);
  expect(await inputOf({ capability: 'any.thing' })).toEqual({});
});
