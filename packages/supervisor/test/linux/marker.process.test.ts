import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createPatientReader, formatMarker, MARKER_VARIABLE, readMarker } from '../../src/linux/marker.js';

const MARKER = { instanceId: 'instance', processId: 'a', generation: 3 };

/** A program that does nothing but replace itself by itself. */
function restless(): number {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-marker-'));
  const program = join(folder, 'restless.sh');
  writeFileSync(program, '#!/bin/sh\nexec "$0"\n');
  chmodSync(program, 0o755);
  const child = spawn(program, { env: { [MARKER_VARIABLE]: formatMarker(MARKER) }, stdio: 'ignore' });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  return child.pid ?? 0;
}

test('marker: whoever is looked for while it changes its program is found all the same', () => {
  const pid = restless();
  const markerOf = createPatientReader(10_000);
  const seen = Array.from({ length: 30_000 }, () => markerOf(pid));
  expect(seen.filter((marker) => marker?.processId !== 'a')).toEqual([]);
});

test('marker: nobody waits for who has none, has ended, or has an empty environment', () => {
  const patience = createPatientReader(Number.POSITIVE_INFINITY);
  const bare = spawn('sleep', ['60'], { env: {}, stdio: 'ignore' });
  onTestFinished(() => {
    bare.kill('SIGKILL');
  });
  const startedAt = performance.now();
  expect([patience(bare.pid ?? 0), patience(2), patience(2 ** 30)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(readMarker(bare.pid ?? 0)).toBeUndefined();
});
