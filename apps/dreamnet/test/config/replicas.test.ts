import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { loadFleet } from '../../src/config/load.js';

/** What is said of an agent written like this; undefined when it is fine. */
function refusalOf(agent: object): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'dreamnet-replicas-'));
  try {
    const file = join(path, 'dreamnet.yaml');
    const agents = { web: { runtime: 'custom', command: ['sh'], ...agent } };
    writeFileSync(file, JSON.stringify({ version: 1, agents, subsystems: { jobs: {} } }));
    loadFleet(file, '/bin:/usr/bin');
    return undefined;
  } catch (thrown) {
    return DreamnetError.from(thrown).message;
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

const http = { protocol: 'http', capabilities: ['echo'] };
const own = { ...http, endpoint: 'http://127.0.0.1:{port}' };
const fixed = { ...http, endpoint: 'http://127.0.0.1:7801' };

test('replicas: fine with a port of their own, over pipes, and without any protocol', () => {
  expect(refusalOf({ ...own, replicas: 3 })).toBe(undefined);
  expect(refusalOf({ protocol: 'mcp', replicas: 3 })).toBe(undefined);
  expect(refusalOf({ replicas: 3 })).toBe(undefined);
  expect(refusalOf({ ...fixed, replicas: 1 })).toBe(undefined);
  expect(refusalOf({ ...own, scale: { min: 0, max: 9, target: 1, metric: 'depth', of: 'jobs' } })).toBe(
    undefined,
  );
});

test('replicas: a fixed port is refused, with what to write', () => {
  expect(refusalOf({ ...fixed, replicas: 2 })).toContain(
    'fixed port, which only one process can have; write {port}',
  );
  expect(refusalOf({ ...fixed, scale: { max: 2, target: 1 } })).toContain('fixed port');
});

test.each([
  [{ ...own, replicas: 2, scale: { max: 2, target: 1 } }, 'scale says how many there are'],
  [{ ...own, scale: { min: 3, max: 2, target: 1 } }, 'expected min to be at most max'],
  [{ ...own, scale: { max: 2, target: 0 } }, 'agents.web.scale.target'],
  [
    { ...own, scale: { max: 2, target: 1, metric: 'depth', of: 'nobody' } },
    "'nobody' is neither an agent nor",
  ],
  [{ ...own, scale: { max: 2, target: 1, of: 'jobs' } }, "'inflight' is measured here"],
  [{ scale: { max: 2, target: 1 } }, "'inflight' counts calls"],
  [{ protocol: 'mcp', scale: { min: 0, max: 2, target: 1 } }, 'nothing would ever start it again'],
  [{ ...own, replicas: 1001 }, 'agents.web.replicas'],
  [{ ...own, endpoint: 'http://127.0.0.1:{ports}' }, 'agents.web.endpoint'],
  [{ ...own, endpoint: 'ftp://127.0.0.1:{port}' }, 'agents.web.endpoint'],
  [{ ...own, rolling: { maxUnavailable: 2 } }, 'agents.web.rolling.maxUnavailable'],
])('replicas: %j is refused', (agent, words) => {
  expect(refusalOf(agent)).toContain(words);
});
