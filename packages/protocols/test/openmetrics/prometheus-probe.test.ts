import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { parseCondition, parseSelector, prometheusProbe } from '../../src/index.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(body: string, head: { status?: number; type?: string } = {}): Promise<string> {
  const server = createServer((_, answer) => {
    answer.writeHead(head.status ?? 200, { 'content-type': head.type ?? 'text/plain; version=0.0.4' });
    answer.end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

const PAGE = `# TYPE app_up gauge
app_up 1
# TYPE app_errors_total counter
app_errors_total{route="/pay",code="500"} 3
app_errors_total{route="/pay",code="503"} 4
app_errors_total{route="/read",code="500"} 10
`;
const signal = new AbortController().signal;

test('prometheus probe: takes the metrics asked for, sums what matches, and judges by the condition', async () => {
  const url = await serve(PAGE);
  const metrics = { errors: 'app_errors_total', pay: 'app_errors_total{route="/pay"}', none: 'app_none' };
  expect(await prometheusProbe({ url, metrics, up: 'app_up == 1' })(signal)).toMatchObject({
    ok: true,
    reason: 'app_up == 1: it is 1',
    metrics: { errors: 17, pay: 7 },
    evidence: { families: 2, missing: ['none'] },
  });
  expect(await prometheusProbe({ url, metrics, up: 'app_up > 1' })(signal)).toMatchObject({
    ok: false,
    isAnswered: true,
    reason: 'expected app_up > 1; it is 1',
    metrics: { errors: 17, pay: 7 },
  });
  expect(await prometheusProbe({ url, up: 'gone == 1' })(signal)).toMatchObject({
    ok: false,
    reason: 'there is no gone among its metrics',
  });
});

test('prometheus probe: reads OpenMetrics when the page says it is, in whatever case, and refuses what breaks it', async () => {
  for (const name of ['application/openmetrics-text', 'Application/OpenMetrics-Text']) {
    const type = `${name}; version=1.0.0; charset=utf-8`;
    const good = await serve('# TYPE a counter\na_total 2 # {trace="t"} 1\n# EOF\n', { type });
    expect(await prometheusProbe({ url: good, metrics: { a: 'a_total' } })(signal)).toMatchObject({
      ok: true,
      metrics: { a: 2 },
    });
    const cut = await serve('# TYPE a gauge\na 2\n', { type });
    expect(await prometheusProbe({ url: cut })(signal)).toMatchObject({ ok: false, isAnswered: true });
  }
});

test('prometheus probe: a bad status, a page that is none and nobody there are bad answers', async () => {
  expect(await prometheusProbe({ url: await serve('', { status: 503 }) })(signal)).toMatchObject({
    ok: false,
    isAnswered: true,
    reason: 'answered 503, expected 200',
  });
  const odd = await prometheusProbe({ url: await serve('<html>hello</html>') })(signal);
  expect(odd.reason).toContain('its metrics cannot be read: line 1');
  expect(await prometheusProbe({ url: 'http://127.0.0.1:1/' })(signal)).toMatchObject({
    ok: false,
    isAnswered: false,
  });
});

test('selectors and conditions: what is none is refused with a code', () => {
  expect(parseSelector('a{b="c\\"d",e="f"}').labels).toEqual([
    ['b', 'c"d'],
    ['e', 'f'],
  ]);
  for (const text of ['', '5a', 'a{', 'a{b}', 'a{b=c}', 'a b'])
    expect(() => parseSelector(text)).toThrow(expect.objectContaining({ code: 'DN_METRIC_SELECTOR' }));
  for (const text of ['a', 'a =', 'a == b', '== 1', 'a = 1'])
    expect(() => parseCondition(text)).toThrow(expect.objectContaining({ code: 'DN_METRIC_SELECTOR' }));
  expect(parseCondition('a{b="x >= 2"} <= -1.5e1').holds(-15)).toBe(true);
});

test('prometheus probe: a long page is read in turns of the event loop, and no further when nobody waits', async () => {
  const lines = Array.from({ length: 5000 }, (_, at) => `m${at} 1\n`).join('');
  for (const [type, end] of [
    ['text/plain', ''],
    ['application/openmetrics-text', '# EOF\n'],
  ] as const) {
    const url = await serve(lines + end, { type });
    const inner = systemClock();
    let ms = 0;
    // On a clock by which every look at the time takes a whole turn.
    const clock = { ...inner, monotonic: () => (ms += 100) };
    const leaving = new AbortController();
    let turns = 0;
    const count = () => {
      turns += 1;
      if (!leaving.signal.aborted) setImmediate(count);
    };
    setImmediate(count);
    expect(await prometheusProbe({ url, clock })(leaving.signal)).toMatchObject({ ok: true });
    expect(turns).toBeGreaterThan(5000 / 64);
    leaving.abort();
    const gone = await prometheusProbe({ url, clock: inner })(AbortSignal.abort());
    expect(gone).toMatchObject({ ok: false });
  }
});
