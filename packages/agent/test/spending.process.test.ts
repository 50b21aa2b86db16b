import { createServer, type ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';

import { afterEach, expect, test } from 'vitest';
import { machineClock } from '../src/clock.js';
import { createLog } from '../src/log.js';
import { createSpendingDesk } from '../src/spending.js';
import { SpendingRefused } from '../src/spending-refused.js';

// Real sockets on 127.0.0.1; no process is started.
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

type Answer = [status: number, body: object];

/** A daemon that answers as it is told; `freeze` answers those who wait for one. */
async function startDaemon(answers: (path: string) => Answer) {
  const asked: [path: string, body: unknown][] = [];
  const waiting: ServerResponse[] = [];
  const send = (response: ServerResponse, [status, body]: Answer) =>
    void response.writeHead(status).end(JSON.stringify(body));
  const server = createServer((request, response) => {
    if (request.url === '/api/freeze/wait') return void waiting.push(response);
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      asked.push([request.url ?? '', JSON.parse(text)]);
      send(response, answers(request.url ?? ''));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  open.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const { port } = server.address() as { port: number };
  const freeze = () => {
    for (const response of waiting) send(response, [200, { frozen: { by: 'admin', reason: 'it burns' } }]);
  };
  return { asked, waiting, freeze, url: `http://127.0.0.1:${port}` };
}

const granting = (path: string): Answer =>
  path === '/api/reservations' ? [201, { id: 'spend-1' }] : [200, {}];

function desk(url: string | undefined) {
  const out = new PassThrough();
  const clock = machineClock();
  const log = createLog('a', out, clock);
  return {
    logged: () => String(out.read() ?? ''),
    ...createSpendingDesk(url === undefined ? undefined : { url, token: 't', clock }, log),
  };
}

test('spending: what is granted is settled once, with what was used', async () => {
  const daemon = await startDaemon(granting);
  const spend = await desk(daemon.url).reserve({ tokens: 2000, capability: 'text.write' });
  await Promise.all([spend.settle({ tokens: 812 }), spend.settle({ tokens: 9 }), spend.release()]);
  expect(daemon.asked).toEqual([
    ['/api/reservations', { tokens: 2000, capability: 'text.write' }],
    ['/api/reservations/spend-1/settle', { tokens: 812 }],
  ]);
});

test('spending: a refusal is thrown with its code and the time of the reset', async () => {
  const error = { code: 'DN_BUDGET_EXCEEDED', message: 'no', details: { resetAt: 5000 } };
  const daemon = await startDaemon(() => [429, { error }]);
  const thrown = await desk(daemon.url)
    .reserve({ tokens: 1 })
    .catch((caught: unknown) => caught);
  expect(thrown).toBeInstanceOf(SpendingRefused);
  expect(thrown).toMatchObject({ code: 'DN_BUDGET_EXCEEDED', message: 'no', resetAt: 5000 });
});

test('spending: a daemon that is not there, is none, or is something else refuses', async () => {
  const other = await startDaemon(() => [200, {}]);
  for (const url of ['http://127.0.0.1:9', 'nonsense', other.url])
    await expect(desk(url).reserve({ tokens: 1 })).rejects.toMatchObject({ code: 'DN_BUDGET_UNREACHABLE' });
});

test('spending: where no daemon was named, nothing limits and nothing is told', async () => {
  const spend = await desk(undefined).reserve({ tokens: 1 });
  expect(spend.id).toBeUndefined();
  await spend.settle({ tokens: 1 });
});

test('spending: a freeze aborts what is being spent, with the reason', async () => {
  const daemon = await startDaemon(granting);
  const { reserve } = desk(daemon.url);
  const [one, two] = await Promise.all([reserve({ tokens: 1 }), reserve({ tokens: 1 })]);
  const aborted = new Promise((resolve) => one.signal.addEventListener('abort', resolve));
  // Only the daemon knows when it is asked.
  while (daemon.waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  daemon.freeze();
  await aborted;
  expect(two.signal.reason).toMatchObject({
    code: 'DN_BUDGET_FROZEN',
    message: 'spending is frozen by admin (it burns)',
  });
  // One question for both.
  expect(daemon.waiting).toHaveLength(1);
});

test('spending: what cannot be told is logged, and not thrown', async () => {
  const daemon = await startDaemon((path) => (path === '/api/reservations' ? granting(path) : [503, {}]));
  const { reserve, logged } = desk(daemon.url);
  await (await reserve({ tokens: 1 })).settle({ tokens: 1 });
  expect(logged()).toContain('it answered 503');
  // Told twice, in case the first time was a moment's.
  expect(daemon.asked).toHaveLength(3);
});
