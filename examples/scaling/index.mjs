// The agent beside this file under a real daemon: from no process to four and back, with a limit of calls for each, and replaced
// under load. Exits 1 when anything is not as stated.
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startDaemon, waitFor } from '../agent-node/daemon.mjs';

const folder = mkdtempSync(join(tmpdir(), 'dreamnet-scaling-'));
const fleet = fileURLToPath(new URL('dreamnet.yaml', import.meta.url));
const daemon = await startDaemon({ fleet, folder, port: await freePort() });
try {
  console.log('1. Nothing is asked of it: no process. The first call is held until one serves');
  assert.equal((await scale()).replicas.length, 0);
  assert.equal((await call(0)).ok, true);
  console.log(`   processes: 0, then ${(await scale()).replicas.length}`);

  console.log('2. Sixteen calls at once: two for the process, twelve wait, two are refused by name');
  const calls = Array.from({ length: 16 }, () => call(2500));
  const busy = await waitFor('a full queue', async () => {
    const view = await scale();
    return view.held > 0 && view;
  });
  console.log(`   each works on ${busy.maxInFlight} at most; they wait for room, or for another process`);
  const outcomes = await Promise.all(calls);
  const refused = outcomes.filter(({ ok }) => !ok);
  assert.deepEqual(new Set(refused.map(({ code }) => code)), new Set(['DN_AGENT_QUEUE_FULL']));
  console.log(`   answered: ${16 - refused.length}, refused: ${refused.length} (${refused[0].code})`);

  console.log('3. Their number followed the demand');
  const { decisions } = await scale();
  const most = Math.max(...decisions.map(({ to }) => to));
  assert.equal(most, 4);
  console.log(`   from ${decisions[0].from} to ${most}`);

  console.log('4. Replaced one after the other under load: no call fails, every process is another one');
  const before = await load(async () => {
    const old = pidsOf(await scale());
    await daemon.send('POST', '/api/agents/worker/roll', {});
    const isOver = async () => {
      const view = await scale();
      return view.rolling?.isOver && view;
    };
    const { rolling } = await waitFor('the end of the rolling restart', isOver, 1200);
    assert.equal(rolling.phase, 'done');
    return old;
  });
  assert.ok(pidsOf(await scale()).every((pid) => !before.includes(pid)));

  console.log('5. Nothing is asked of it any more');
  await waitFor('no process', async () => (await scale()).replicas.length === 0);
  console.log(`   ${(await scale()).decisions.at(-1).because}`);
  console.log('All as stated.');
} finally {
  await daemon.down();
  rmSync(folder, { recursive: true, force: true });
}

function scale() {
  return daemon.send('GET', '/api/agents/worker/scale');
}

function call(ms) {
  return daemon.send('POST', '/api/call', { capability: 'work.do', input: { ms } });
}

function pidsOf({ replicas }) {
  return replicas.map(({ pid }) => pid);
}

/** Calls without end while something is done; none of them may fail. */
async function load(act) {
  let isOver = false;
  let count = 0;
  const line = async () => {
    for (; !isOver; count += 1) {
      const outcome = await call(100);
      assert.equal(outcome.ok, true, outcome.message);
    }
  };
  const lines = Promise.all([line(), line(), line(), line()]);
  const acting = act();
  const result = await acting.finally(() => {
    isOver = true;
    return lines;
  });
  assert.ok(count > 4);
  console.log('   calls that failed meanwhile: 0');
  return result;
}
