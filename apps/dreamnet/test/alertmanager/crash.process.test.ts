import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareStandIn, type StandIn } from './stand-in.js';

/** Group → how often it was told. */
let told: Map<string, number>;
let onTold: () => void;
let standIn: StandIn;

beforeEach(async () => {
  told = new Map();
  onTold = () => undefined;
  standIn = await prepareStandIn(({ groupKey }, response) => {
    told.set(groupKey, (told.get(groupKey) ?? 0) + 1);
    response.end();
    onTold();
  });
});

afterEach(() => standIn.remove());

const start = () => standIn.start();
/** As the system does when memory runs out: nothing is said, nothing is written any more. */
const kill = () => standIn.end('SIGKILL');

async function send(method: string, url: string, body?: unknown): Promise<{ silenceID?: string }> {
  const options = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json' }, ...options });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return text === '' ? {} : JSON.parse(text);
}

function silenceOf(n: number): unknown {
  const now = Date.now();
  return {
    matchers: [{ name: 'n', value: String(n), isRegex: false, isEqual: true }],
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + 3_600_000).toISOString(),
    createdBy: 'test',
    comment: 'before the crash',
  };
}

const alertOf = (n: number) => ({ labels: { alertname: 'Down', n: String(n) } });

test('crash: every acknowledged silence is there afterwards, and ended only if its end was asked for', async () => {
  const url = await start();
  /** What was acknowledged, and of which the end was asked for: before its answer it may be either. */
  const made = new Set<string>();
  const ended = new Set<string>();
  const asked = new Set<string>();
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; n < 100; n += 1) {
      const { silenceID = '' } = await send('POST', `${url}/api/v2/silences`, silenceOf(writer * 1000 + n));
      made.add(silenceID);
      if (made.size >= 150) void kill();
      if (n % 3 > 0) continue;
      asked.add(silenceID);
      await send('DELETE', `${url}/api/v2/silence/${silenceID}`);
      ended.add(silenceID);
    }
  };
  const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(write));
  expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
  await kill();

  const listed = await fetch(`${await start()}/api/v2/silences`);
  const found = new Map(
    ((await listed.json()) as { id: string; status: { state: string } }[]).map(({ id, status }) => [
      id,
      status.state,
    ]),
  );
  for (const id of ended) expect(found.get(id)).toBe('expired');
  for (const id of made) expect(asked.has(id) ? 'active or expired' : found.get(id)).toMatch(/active/);
  expect([...made].filter((id) => !found.has(id))).toEqual([]);
});

test('crash: senders that go on hear of every group, and none is told more than twice', async () => {
  const url = await start();
  const half = new Promise<void>((resolve) => {
    onTold = () => told.size >= 100 && resolve();
  });
  const posting = (async () => {
    for (let n = 0; n < 400; n += 1) await send('POST', `${url}/api/v2/alerts`, [alertOf(n)]);
  })().then(
    () => 'over',
    () => 'cut short',
  );
  await half;
  await kill();
  expect(await posting).toBe('cut short');

  const again = await start();
  const all = new Promise<void>((resolve) => {
    onTold = () => told.size >= 400 && resolve();
  });
  const alerts = Array.from({ length: 400 }, (_, n) => alertOf(n));
  await send('POST', `${again}/api/v2/alerts`, alerts);
  await all;
  // The groups are looked at each second: a third notification would come with the second look.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(told.size).toBe(400);
  expect([...told].filter(([, count]) => count > 2)).toEqual([]);
});
