import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { loadFleet } from '../../src/config/load.js';
import type { AgentEntry } from '../../src/config/schema.js';
import { toSpare } from '../../src/daemon/spare-plan.js';

/** An agent as the file means it, or what is said of it. */
function load(agent: object): AgentEntry | string {
  const path = mkdtempSync(join(tmpdir(), 'dreamnet-spares-'));
  try {
    const file = join(path, 'dreamnet.yaml');
    const agents = { web: { runtime: 'custom', command: ['sh'], ...agent } };
    writeFileSync(file, JSON.stringify({ version: 1, agents }));
    return loadFleet(file, '/bin:/usr/bin').fleet.agents.web ?? 'there is none';
  } catch (thrown) {
    return DreamnetError.from(thrown).message;
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

const spareOf = (agent: object) => {
  const entry = load(agent);
  return typeof entry === 'string' ? entry : toSpare(entry);
};
const http = { protocol: 'http', endpoint: 'http://127.0.0.1:7801' };

test('spare: none unless one is asked for', () => {
  expect(spareOf(http)).toBe(null);
  expect(spareOf({ ...http, spare: 0 })).toBe(null);
  expect(spareOf({ ...http, spare: { count: 0 } })).toBe(null);
});

test('spare: a number, or a map with how long it may boot', () => {
  expect(spareOf({ ...http, spare: 1 })).toEqual({ waitsWithinMs: 10_000, afterMs: null });
  expect(spareOf({ ...http, spare: { waitsWithin: '2m' } })).toEqual({
    waitsWithinMs: 120_000,
    afterMs: null,
  });
});

test('spare: beside a process without a protocol when that has run for a while, a second at least', () => {
  expect(spareOf({ spare: 1 })).toMatchObject({ afterMs: 1000 });
  const restart = { backoff: { resetAfter: '5s' } };
  expect(spareOf({ spare: 1, restart })).toMatchObject({ afterMs: 5000 });
});

test('spare: more than one is refused', () => {
  expect(spareOf({ ...http, spare: 2 })).toContain('expected 0 or 1');
});

test('spare: refused to whoever speaks over its own pipes; fine over HTTP', () => {
  expect(spareOf({ protocol: 'mcp', spare: 1 })).toContain('over its own pipes');
  expect(spareOf({ protocol: 'acp', spare: 1 })).toMatch(/over its own pipes|acp/);
  expect(spareOf({ protocol: 'mcp', endpoint: 'http://127.0.0.1:7801/mcp', spare: 1 })).toMatchObject({
    waitsWithinMs: 10_000,
  });
});
