import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const archive = fileURLToPath(
  new URL('../../../../../shared/bench/anomaly-nab/nab-dev.tar.gz', import.meta.url),
);

test('NAB: the scorer as it is built scores well above numentaTM on the given half', (ctx) => {
  if (!existsSync(archive)) return ctx.skip('the benchmark is not beside this checkout');
  const { stdout, status } = spawnSync(process.execPath, ['benchmarks/run.mjs', 'anomaly', '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  expect(status).toBe(0);
  const { nab, stateBytes } = JSON.parse(stdout) as {
    nab: { score: number; windows: number };
    stateBytes: { memory: number };
  };
  expect(nab.windows).toBe(55);
  // numentaTM has 66.18; measured here 79.7. The slack is for a change of method, there is no chance in it.
  expect(nab.score).toBeGreaterThan(76);
  expect(stateBytes.memory).toBeLessThan(16 * 1024);
});
