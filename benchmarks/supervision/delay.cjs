// node --require delay.cjs: ten times a second appends "MONOTONIC_NS MAX_DELAY_MS" of this process's event loop to a file.
// While the folder holds a file `idle` it only looks for its end: a watch in the event loop takes 2 to 3 % of a core.
const { appendFileSync, existsSync } = require('node:fs');
const { join } = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const RESOLUTION_MS = 2;
const TELL_EVERY_MS = 100;
const LOOK_EVERY_MS = 1000;
const folder = process.env.BENCH_FOLDER;
if (folder !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const again = (everyMs) => setTimeout(tell, everyMs).unref();
  const tell = () => {
    if (existsSync(join(folder, 'idle'))) {
      delay.disable();
      again(LOOK_EVERY_MS);
      return;
    }
    // The histogram counts the whole of its own interval.
    const maxMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    delay.reset();
    delay.enable();
    appendFileSync(join(folder, `delay-${process.pid}`), `${process.hrtime.bigint()} ${maxMs.toFixed(1)}\n`);
    again(TELL_EVERY_MS);
  };
  again(TELL_EVERY_MS);
}
