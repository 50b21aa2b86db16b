// What an agent promises, checked against a real daemon. The same for the agent in JavaScript and the one in Python.
import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startDaemon, waitFor } from './daemon.mjs';

/** @param {URL} example The folder of the agent and its dreamnet.yaml. */
export async function verify(example) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-agent-'));
  const agentPort = await freePort();
  const place = {
    fleet: writeFleet(fileURLToPath(example), folder, agentPort),
    folder,
    port: await freePort(),
  };
  let daemon = await startDaemon(place);
  try {
    await serves(daemon);
    await isBusy(daemon);
    await isReplaced(daemon);
    const { pid } = await daemon.agent();

    console.log('4. The daemon is killed; the agent serves on');
    await daemon.kill();
    const body = JSON.stringify({ text: 'a b' });
    const direct = await fetch(`http://127.0.0.1:${agentPort}/invocations`, { method: 'POST', body });
    console.log(`   answer: ${JSON.stringify(await direct.json())}`);
    await waitFor('a report in vain', () => daemon.log().includes('the daemon takes no reports'));

    console.log('5. The daemon is back: the same process, and its reports arrive again');
    daemon = await startDaemon(place);
    await daemon.until(({ axes }) => axes.readiness.state === 'ready');
    assert.equal((await daemon.agent()).pid, pid);
    await waitFor('reports', () => daemon.log().includes('the daemon takes reports again'));
    console.log(`   answer: ${await daemon.call({ text: 'a b c d' })}`);

    await stopsInTheMiddle(daemon);
    console.log('All as stated.');
  } finally {
    await daemon.down();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function serves(daemon) {
  console.log('1. It serves, and tells how it is');
  const { axes } = await daemon.until((seen) => seen.axes.readiness.state === 'ready');
  console.log(`   readiness: ${axes.readiness.reason}`);
  console.log(`   answer: ${await daemon.call({ text: 'one two three' })}`);
  console.log(`   history: ${await daemon.latest('words')} words`);
}

async function isBusy(daemon) {
  console.log('2. A call takes its time: the agent is busy, not hanging');
  const call = daemon.call({ text: 'no hurry', takesMs: 3000 });
  const { axes } = await daemon.until((seen) => /tool call read/.test(seen.axes.progress.reason));
  console.log(`   progress: ${axes.progress.state}`);
  console.log(`   answer: ${await call}`);
}

async function isReplaced(daemon) {
  console.log('3. It is killed; its spare answers');
  const waits = async () => {
    const { pid, spare } = await daemon.agent();
    return spare.phase === 'waiting' && { pid, waiting: spare.identity.pid };
  };
  const { pid, waiting } = await waitFor('a spare', waits);
  process.kill(pid, 'SIGKILL');
  await waitFor('the spare to take over', async () => (await daemon.agent()).pid === waiting);
  // Not 'when it is ready': what was known of the old process counts until the new one is asked.
  const answer = await waitFor('an answer', () => daemon.call({ text: 'and on it goes' }));
  console.log(`   answer: ${answer}`);
  // The next one waits before the daemon is killed, so that it is found again.
  assert.notEqual((await waitFor('the next spare', waits)).waiting, waiting);
}

async function stopsInTheMiddle(daemon) {
  console.log('6. It is stopped in the middle of a call: the call ends, then the agent');
  const last = daemon.call({ text: 'the last words', takesMs: 1500 });
  await daemon.until((seen) => /tool call read/.test(seen.axes.progress.reason));
  await daemon.stop();
  console.log(`   answer: ${await last}`);
  assert.ok(daemon.log().includes('goodbye'), 'it cleaned up');
}

/** The same file with a free port and the agent's folder, so that nothing is written beside it. */
function writeFleet(example, folder, port) {
  const text = readFileSync(join(example, 'dreamnet.yaml'), 'utf8').replaceAll('7811', port);
  const file = join(folder, 'dreamnet.yaml');
  writeFileSync(file, text.replace('    env:', `    cwd: ${JSON.stringify(example)}\n    env:`));
  return file;
}
