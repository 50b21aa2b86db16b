// npm run bench -- NAME [options]: runs one benchmark. Without a name: which there are.
const BENCHES = {
  anomaly: {
    about: 'NAB score, µs a row and bytes a series of the anomaly scorer; [--data DIR --results DIR]',
    load: () => import('./anomaly/bench.mjs'),
  },
  alerts: {
    about: "alerts posted and told, inhibition, latency; beside Debian's Alertmanager",
    load: () => import('./alerts/bench.mjs'),
  },
  health: {
    about: 'reports in-process and over the wire, snapshots, memory; --parts engine,wire',
    load: () => import('./health/bench.mjs'),
  },
  history: {
    about: 'bytes a sample on disk, the cost of taking one, queries, a simulated year; --parts hour,year',
    load: () => import('./history/bench.mjs'),
  },
  isolation: {
    about: 'what a user of its own, a sandbox and an allow-list add to a start; --starts N',
    load: () => import('./isolation/bench.mjs'),
  },
  supervision: {
    about:
      'crash to first line, adoption after kill -9, the daemon itself; beside a bare Node parent and PM2',
    load: () => import('./supervision/bench.mjs'),
  },
};

const [name, ...options] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) {
  console.log('npm run bench -- NAME [options]\n');
  for (const [key, { about }] of Object.entries(BENCHES)) console.log(`  ${key.padEnd(12)} ${about}`);
  process.exit(name === undefined ? 0 : 2);
}
const { run } = await bench.load();
process.exitCode = await run(options);
