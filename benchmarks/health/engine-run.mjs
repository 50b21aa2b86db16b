// One size of fleet in a process of its own: how fast reports are taken, what a snapshot costs, what a subsystem weighs.
// Prints one line of JSON. Needs --expose-gc.
import { createDreamNetOSCore } from '@dreamnet/dreamnet-os-core';

const size = Number(process.argv[2] ?? 1000);
const beats = Number(process.argv[3] ?? 2_000_000);
const rounds = 5;

const names = Array.from({ length: size }, (_, index) => `subsystem-${index}`);
const inTurn = names.map((_, index) => index);
const shuffled = shuffle(inTurn.slice());
const METRICS = ['queue_depth', 'error_ratio', 'tokens_total', 'latency_ms'];

const result = { size };
const before = heapBytes();
const core = createDreamNetOSCore();
await core.start();
const manifest = { domain: 'infra', heartbeat: { ttlMs: 600_000 } };
for (const name of names) core.watch(name, { manifest });
result.watchedBytes = (heapBytes() - before) / size;

const seqs = new Float64Array(size);
const plain = (index) => {
  seqs[index] += 1;
  return { subsystem: names[index], status: 'ok', seq: seqs[index] };
};
for (const name of names) core.heartbeat({ subsystem: name, status: 'ok', seq: 1 });
seqs.fill(1);
core.getSnapshot();
result.quietBytes = (heapBytes() - before) / size;

result.turn = rateOf((index) => core.heartbeat(plain(index)), inTurn);
result.random = rateOf((index) => core.heartbeat(plain(index)), shuffled);
core.getSnapshot();
result.beatingBytes = (heapBytes() - before) / size;
result.lookup = lookupRate(inTurn);
result.randomLookup = lookupRate(shuffled);
result.metrics = rateOf((index) => core.heartbeat(withMetrics(index)), inTurn);
result.snapshotMs = snapshotMs();
result.taken = core.status().snapshot.subsystems.filter(({ status }) => status === 'ok').length;
await core.stop();
console.log(JSON.stringify(result));

function withMetrics(index) {
  const report = plain(index);
  const metrics = {};
  for (let at = 0; at < METRICS.length; at += 1) metrics[METRICS[at]] = seqs[index] + at;
  report.metrics = metrics;
  return report;
}

/** Calls a second, median of the rounds; the first round only warms up. */
function rateOf(call, order) {
  const rates = [];
  for (let round = 0; round <= rounds; round += 1) {
    const startedAt = performance.now();
    for (let count = 0, at = 0; count < beats / rounds; count += 1) {
      const outcome = call(order[at]);
      if (outcome === false || outcome?.accepted === false) throw new Error(`refused: ${outcome.because}`);
      at += 1;
      if (at === size) at = 0;
    }
    if (round > 0) rates.push(beats / rounds / ((performance.now() - startedAt) / 1000));
  }
  return median(rates);
}

/** What a bare Map of as many names gives: no engine that finds a subsystem by its name can be faster. */
function lookupRate(order) {
  const map = new Map(names.map((name, index) => [name, { seq: index }]));
  return rateOf((index) => {
    const found = map.get(names[index]);
    found.seq += 1;
    return found.seq > 0;
  }, order);
}

function snapshotMs() {
  const times = [];
  for (let round = 0; round < 60; round += 1) {
    const index = shuffled[round % size];
    core.heartbeat({ ...plain(index), status: round % 2 === 0 ? 'warn' : 'ok' });
    const startedAt = performance.now();
    const snapshot = core.getSnapshot();
    times.push(performance.now() - startedAt);
    if (snapshot.subsystems.length !== size) throw new Error('the snapshot is not whole');
  }
  return { median: median(times.slice(10)), worst: Math.max(...times.slice(10)) };
}

function heapBytes() {
  for (let turn = 0; turn < 3; turn += 1) globalThis.gc();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

function median(values) {
  return values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The same order in every run. */
function shuffle(values) {
  let state = 0x9e3779b9;
  for (let at = values.length - 1; at > 0; at -= 1) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    state = (state + 0x6d2b79f5) >>> 0;
    const other = state % (at + 1);
    [values[at], values[other]] = [values[other], values[at]];
  }
  return values;
}
