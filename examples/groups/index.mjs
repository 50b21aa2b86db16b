// The group beside this file under a real daemon: members are killed, one cannot start, and the daemon is killed in the middle of a
// restart. Exits 1 when anything is not as stated.
import { strict as assert } from 'node:assert';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startDaemon, waitFor } from '../agent-node/daemon.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dreamnet-groups-'));
cpSync(here, folder, { recursive: true });
symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
const place = { fleet: join(folder, 'dreamnet.yaml'), folder, port: await freePort() };
let daemon = await startDaemon(place);
try {
  await allServe();
  console.log('1. Started in order, each when the one before it is ready');
  await told(4);

  console.log('2. One of two workers is killed: it starts again alone, the group does not count it');
  process.kill((await agents()).get('worker#1').pid, 'SIGKILL');
  await told(1);
  await allServe();
  assert.equal((await group()).recentRestarts, 0);

  console.log('3. The queue is killed: those after it end, last to first, and all start in order');
  process.kill((await agents()).get('queue').pid, 'SIGKILL');
  await told(7);
  await allServe();
  console.log(`   ${(await group()).lastDecision.because}`);

  console.log(
    '4. The daemon is killed in the middle of a restart: the next one finishes it, each starts once',
  );
  process.kill((await agents()).get('queue').pid, 'SIGKILL');
  await waitFor('the first end', () => noted().length > 0);
  await daemon.kill();
  daemon = await startDaemon(place);
  await allServe();
  await waitFor('each to have started', () => starts().length === 4);
  assert.deepEqual(starts().sort(), ['mailer', 'queue', 'worker#1', 'worker#2']);
  console.log(`   started: ${starts().sort().join(', ')}`);
  truncateSync(join(folder, 'notes'));

  console.log('5. The mailer cannot start: the group gives up, and is tried again until it can');
  writeFileSync(join(folder, 'mailer.broken'), '');
  process.kill((await agents()).get('mailer').pid, 'SIGKILL');
  const waiting = await waitFor('the group to give up', async () => {
    const now = await group();
    return now.phase === 'broken' && now;
  });
  console.log(`   ${waiting.phase}, ${waiting.running} of 3 run: ${waiting.lastDecision.because}`);
  rmSync(join(folder, 'mailer.broken'));
  await allServe();
  await waitFor('the circuit to close', async () => (await group()).circuit === 'closed');
  console.log('   back');
  console.log('All as stated.');
} finally {
  await daemon.down();
  rmSync(folder, { recursive: true, force: true });
}

async function agents() {
  const { agents: all } = await daemon.send('GET', '/api/ps');
  return new Map(all.map((one) => [one.name, one]));
}

function group() {
  return daemon.send('GET', '/api/groups/orders');
}

function allServe() {
  return waitFor('all to serve', async () => {
    const all = [...(await agents()).values()];
    return all.length === 5 && all.every(({ health }) => health.readiness.state === 'ready');
  });
}

function noted() {
  return readFileSync(join(folder, 'notes'), 'utf8').split('\n').filter(Boolean);
}

function starts() {
  return noted().flatMap((line) => (line.endsWith(' starts') ? [line.split(' ')[0]] : []));
}

/** Waits for so many notes, prints and forgets them. */
async function told(count) {
  await waitFor(`${count} notes`, () => noted().length >= count);
  const lines = noted();
  assert.equal(lines.length, count);
  console.log(`   ${workersTogether(lines).join(', ')}`);
  truncateSync(join(folder, 'notes'));
}

/** Both workers start at once, and nobody waits for the slower one: when it is there says nothing about the order. */
function workersTogether(lines) {
  const isWorkersStart = (line) => /^worker#\d starts$/.test(line);
  const first = lines.findIndex(isWorkersStart);
  const slower = lines.findLastIndex(isWorkersStart);
  if (slower <= first) return lines;
  return lines.toSpliced(slower, 1).toSpliced(first + 1, 0, lines[slower]);
}
