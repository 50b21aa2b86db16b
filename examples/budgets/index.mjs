// The agent beside this file spends under a real daemon: in parallel, frozen, and with the daemon killed in between. Exits 1
// when anything is not as stated.
import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startDaemon, waitFor } from '../agent-node/daemon.mjs';

const folder = mkdtempSync(join(tmpdir(), 'dreamnet-budgets-'));
const place = { fleet: await writeFleet(), folder, port: await freePort() };
let daemon = await startDaemon(place);
try {
  await ready();
  console.log('1. It asks before it spends, and tells what it used');
  assert.equal((await write()).ok, true);
  console.log(`   used: ${await used()}`);

  console.log('2. Ten at once, each of up to 1000 tokens: only as many as there is room for reach the model');
  const outcomes = await Promise.all(Array.from({ length: 10 }, write));
  const refused = outcomes.filter(({ ok }) => !ok);
  assert.equal(refused.length, 9);
  console.log(`   answered: ${10 - refused.length}, refused: ${refused.length}`);
  console.log(`   ${/budget 'writer' has used [^;]*/.exec(refused[0].message)[0]}`);
  console.log(`   used: ${await used()}`);

  console.log('3. Frozen: what is in flight ends, nothing else begins');
  const inFlight = write();
  await waitFor('it to be in flight', async () => (await budget()).open > 0);
  await ask('POST', '/api/freeze', { name: 'writer', reason: 'the bill is too high' });
  for (const outcome of [await inFlight, await write()]) {
    assert.equal(outcome.code, 'DN_BUDGET_FROZEN');
    console.log(`   ${outcome.message}`);
  }

  console.log('4. The daemon is killed and comes back: still frozen, and what was spent is known');
  const before = await used();
  await daemon.kill();
  daemon = await startDaemon(place);
  assert.equal((await write()).code, 'DN_BUDGET_FROZEN');
  assert.equal(await used(), before);
  console.log(`   used: ${before}`);

  console.log('5. Released, with a fresh budget');
  await ask('POST', '/api/freeze/release', { name: 'writer' });
  await ask('POST', '/api/budgets/writer/reset');
  await ready();
  await waitFor('an answer', async () => (await write()).ok);
  console.log('All as stated.');
} finally {
  await daemon.down();
  rmSync(folder, { recursive: true, force: true });
}

async function ask(method, path, body) {
  const token = readFileSync(join(folder, 'state', 'tokens', 'admin'), 'utf8').trim();
  const answer = await fetch(`http://127.0.0.1:${place.port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

function write() {
  return ask('POST', '/api/call', { capability: 'text.write', input: { topic: 'budgets' } });
}

function budget() {
  return ask('GET', '/api/budgets/writer');
}

async function used() {
  const [tokens] = (await budget()).measures;
  return `${tokens.used} of ${tokens.limit} tokens`;
}

function ready() {
  return daemon.until(({ name, axes }) => name === 'writer' && axes.readiness.state === 'ready');
}

/** The fleet beside this file, on a port that is free here. */
async function writeFleet() {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const fleet = join(folder, 'dreamnet.yaml');
  const text = readFileSync(join(here, 'dreamnet.yaml'), 'utf8')
    .replaceAll('8093', String(await freePort()))
    .replace('agent.mjs', join(here, 'agent.mjs'));
  writeFileSync(fleet, text);
  return fleet;
}
