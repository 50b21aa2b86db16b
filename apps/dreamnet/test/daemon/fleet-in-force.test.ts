import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFleetInForce } from '../../src/daemon/fleet-in-force.js';
import { openStateDir } from '../../src/daemon/state-dir.js';

const GOOD = 'version: 1\nagents:\n  a: { runtime: custom, command: [sh, -c, "sleep 1"], protocol: none }\n';
const BROKEN = 'version: 1\nagents:\n  a: { runtime: cust';

let folder: string;
let file: string;
let stateDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-fleet-'));
  file = join(folder, 'dreamnet.yaml');
  stateDir = join(folder, 'state');
  openStateDir(stateDir);
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (path = file) =>
  openFleetInForce({ path, searchPath: '/usr/bin:/bin', stateDir, clock: { now: () => 7 } });

/** A life of a daemon with this text that ends in order or not. */
function live(text: string, end: 'killed' | 'in order' | 'agents left running'): void {
  writeFileSync(file, text);
  const fleet = open();
  const state = openStateDir(stateDir);
  state.writeDaemon({ pid: 1, url: 'http://127.0.0.1:1', startedAt: 1 });
  fleet.take(fleet.inForce());
  if (end === 'agents left running') state.noteLeftRunning(3);
  if (end !== 'killed') state.clearDaemon();
}

test('fleet in force: after a kill a broken file is refused and what was in force before is recalled', () => {
  live(GOOD, 'killed');
  writeFileSync(file, BROKEN);
  const fleet = open();
  expect(Object.keys(fleet.inForce().fleet.agents)).toEqual(['a']);
  expect(fleet.refusal()?.code).toBe('DN_CONFIG_SYNTAX');
});

test('fleet in force: after an end in order a broken file is an error, whatever was in force before', () => {
  live(GOOD, 'in order');
  writeFileSync(file, BROKEN);
  expect(() => open()).toThrow(expect.objectContaining({ code: 'DN_CONFIG_SYNTAX' }));
});

test('fleet in force: whoever comes after a daemon that left its agents running returns to them, until it has said where it listens', () => {
  live(GOOD, 'agents left running');
  expect(open().isReturn).toBe(true);
  writeFileSync(file, BROKEN);
  expect(open().refusal()?.code).toBe('DN_CONFIG_SYNTAX');
  live(GOOD, 'in order');
  expect(open().isReturn).toBe(false);
});

test('fleet in force: what another file said is not recalled', () => {
  live(GOOD, 'killed');
  const other = join(folder, 'other.yaml');
  writeFileSync(other, BROKEN);
  expect(() => open(other)).toThrow(expect.objectContaining({ code: 'DN_CONFIG_SYNTAX' }));
});

test('fleet in force: after a kill a program that has gone keeps nobody else from being looked after', () => {
  const tool = join(folder, 'tool.sh');
  writeFileSync(tool, '');
  live(GOOD.replace('sh, -c, "sleep 1"', './tool.sh'), 'killed');
  rmSync(tool);
  const fleet = open();
  expect(fleet.refusal()?.code).toBe('DN_CONFIG_MISSING_FILE');
  expect(Object.keys(fleet.inForce().fleet.agents)).toEqual(['a']);
});

test('fleet in force: a record that is half written recalls nothing, and the error is that of the file', () => {
  live(GOOD, 'killed');
  writeFileSync(join(stateDir, 'fleet.json'), '{"file":');
  writeFileSync(file, BROKEN);
  expect(() => open()).toThrow(expect.objectContaining({ code: 'DN_CONFIG_SYNTAX' }));
});

test('fleet in force: once a good file is taken there is no refusal, and it is what is recalled', () => {
  live(GOOD, 'killed');
  writeFileSync(file, BROKEN);
  const fleet = open();
  writeFileSync(file, GOOD.replace('a:', 'b:'));
  fleet.take(fleet.read());
  expect(fleet.refusal()).toBeUndefined();
  writeFileSync(file, BROKEN);
  expect(Object.keys(open().inForce().fleet.agents)).toEqual(['b']);
});
