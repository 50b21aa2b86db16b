// node --require delay.cjs: ten times a second appends "MONOTONIC_NS MAX_DELAY_MS" of this process's event loop to a file.
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const RESOLUTION_MS = 2;
const folder = process.env.BENCH_FOLDER;
if (folder !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const tell = () => {
    // The histogram counts the whole of its own interval.
    const maxMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    delay.reset();
    appendFileSync(join(folder, `delay-${process.pid}`), `${process.hrtime.bigint()} ${maxMs.toFixed(1)}\n`);
  };
  setInterval(tell, 100).unref();
}
