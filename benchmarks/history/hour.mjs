// An hour of one sample a second from N subsystems: the bytes, the cost of taking a sample, the stalls, the queries.
import { statSync } from 'node:fs';
import { createSqliteStore } from '@dreamnet/adapters';
import { createSeriesHistory } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import { createSources } from './values.mjs';

const START = Date.UTC(2026, 0, 5, 10);
const SECONDS = 3600;
const DOMAINS = ['infra', 'economy', 'social', 'dreamPipeline'];
const score = (subject) => ({ kind: 'score', subject, metric: 'score' });
const metric = (index) => ({ kind: 'metric', subject: `agent-${index}`, metric: 'value' });

export async function measureHour({ file, subsystems, values }) {
  const clock = createFakeClock(START);
  const sources = createSources(subsystems, values);
  const store = await createSqliteStore({ path: file, clock });
  const history = createSeriesHistory({ clock, publish: complain, store });
  await history.load();
  history.start();
  const emptyBytes = sizeOf(file);
  let takingMs = 0;
  const stalls = watchStalls();
  for (let minute = 0; minute < SECONDS / 60; minute += 1) {
    for (let second = minute * 60; second < minute * 60 + 60; second += 1) {
      const samples = samplesOf(sources, second);
      const before = performance.now();
      for (const sample of samples) history.take(sample);
      takingMs += performance.now() - before;
      // The scores of the domains, as the core records them every ten seconds.
      if (second % 10 === 0)
        for (const domain of DOMAINS)
          history.record(score(domain), START + second * 1000, 0.5 + (second % 70) / 140);
    }
    stalls.begin();
    await clock.advance(60_000);
    await history.settled();
    stalls.end();
  }
  await history.stop();
  const { taken, storedBytes } = history.figures();
  await store.close();
  const bytes = sizeOf(file);
  const label = `${subsystems} subsystems, an hour at 1/s, ${values} values: `;
  return [
    { what: `${label}samples`, value: taken, unit: '' },
    { what: 'bytes of the file a sample, SQLite included', value: bytes / taken, unit: 'B', mark: 8 },
    { what: 'bytes of the blocks alone a sample', value: storedBytes / taken, unit: 'B' },
    { what: 'bytes of the empty file', value: emptyBytes, unit: 'B' },
    { what: 'taking one sample, encoding included', value: (takingMs * 1000) / taken, unit: 'µs', mark: 1 },
    {
      what: 'writing: longest piece of work in one turn, CPU time',
      value: stalls.longestCpu,
      unit: 'ms',
      mark: 20,
    },
    {
      what: 'writing: longest turn of the event loop, disk and others included',
      value: stalls.longest,
      unit: 'ms',
    },
    ...(await measureQueries(file, subsystems)),
  ];
}

/** Made before the clock runs: only the history is measured. */
function samplesOf(sources, second) {
  return sources.map(({ name, next, late, phaseMs }) => ({
    subsystem: name,
    metric: 'value',
    value: next(second),
    at: START + second * 1000 + phaseMs + late(),
  }));
}

/** By a new process's eyes: nothing of the hour is in memory. */
async function measureQueries(file, subsystems) {
  const clock = createFakeClock(START + SECONDS * 1000 + 5000);
  const store = await createSqliteStore({ path: file, clock });
  const history = createSeriesHistory({ clock, publish: complain, store });
  const loading = await timed(() => history.load());
  const range = { fromMs: START, toMs: START + SECONDS * 1000 + 2000 };
  const one = [];
  const minutes = [];
  let points = 0;
  for (let at = 0; at < 40; at += 1) {
    const series = metric(Math.floor((at * subsystems) / 40));
    one.push(
      await timed(async () => {
        points = (await history.range({ series, ...range })).points.length;
      }),
    );
    minutes.push(await timed(() => history.range({ series, ...range, stepMs: 60_000 })));
  }
  const domain = [];
  for (let at = 0; at < 40; at += 1)
    domain.push(await timed(() => history.range({ series: score(DOMAINS[at % 4]), ...range })));
  await store.close();
  return [
    { what: 'learning at the start what is stored', value: loading, unit: 'ms' },
    {
      what: `an hour of one series (${points} points), median of 40`,
      value: median(one),
      unit: 'ms',
      mark: 10,
    },
    { what: 'the same, slowest of 40', value: Math.max(...one), unit: 'ms' },
    {
      what: 'an hour of one series by the minute, median of 40',
      value: median(minutes),
      unit: 'ms',
      mark: 10,
    },
    { what: 'an hour of a domain’s score, median of 40', value: median(domain), unit: 'ms', mark: 50 },
  ];
}

/** The longest time between two turns of the event loop while it is asked. */
function watchStalls() {
  const state = { longest: 0, longestCpu: 0 };
  let isOn = false;
  let last = 0;
  let lastCpu = process.cpuUsage();
  const turn = () => {
    if (!isOn) return;
    const now = performance.now();
    const { user, system } = process.cpuUsage(lastCpu);
    state.longest = Math.max(state.longest, now - last);
    state.longestCpu = Math.max(state.longestCpu, (user + system) / 1000);
    last = now;
    lastCpu = process.cpuUsage();
    setImmediate(turn);
  };
  return {
    begin: () => {
      isOn = true;
      last = performance.now();
      lastCpu = process.cpuUsage();
      setImmediate(turn);
    },
    end: () => {
      isOn = false;
    },
    get longest() {
      return state.longest;
    },
    get longestCpu() {
      return state.longestCpu;
    },
  };
}

export async function timed(act) {
  const before = performance.now();
  await act();
  return performance.now() - before;
}

export function sizeOf(file) {
  return statSync(file).size;
}

export function complain(type, subject, data) {
  if (type === 'store.failed') throw new TypeError(`${subject}: ${JSON.stringify(data)}`);
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
