import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStateDir, readDaemonRecord, readToken } from '../../src/daemon/state-dir.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('state folder: opened again it has the same mark and the same tokens, and makes no mark by itself', () => {
  const first = openStateDir(folder);
  expect(first.readMark()).toBeUndefined();
  first.writeMark('0123456789ab');
  const second = openStateDir(folder);
  expect(second.readMark()).toBe('0123456789ab');
  expect(second.tokenOf('admin')).toBe(first.tokenOf('admin'));
  expect(second.agentToken('coder')).toBe(first.agentToken('coder'));
});

test('state folder: folder and tokens are readable by the owner only', () => {
  openStateDir(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'tokens', 'admin')).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'tokens', '.agent-key')).mode & 0o777).toBe(0o600);
});

test('tokens: each is known for its role, an agent token for its own agent only', () => {
  const state = openStateDir(folder);
  expect(state.identify(state.tokenOf('viewer'))).toEqual({ role: 'viewer' });
  expect(state.identify(state.tokenOf('admin'))).toEqual({ role: 'admin' });
  expect(state.identify(state.agentToken('coder'))).toEqual({ role: 'agent', agent: 'coder' });
});

test('tokens: an agent token with another agent’s name in it is nobody’s', () => {
  const state = openStateDir(folder);
  const forged = state.agentToken('coder').replace('coder', 'ledger');
  expect(state.identify(forged)).toBeUndefined();
  expect(state.identify('')).toBeUndefined();
  expect(state.identify('dna_.')).toBeUndefined();
});

test('state folder: the daemon’s record is found while it is there and not after', () => {
  const state = openStateDir(folder);
  expect(readDaemonRecord(folder)).toBeUndefined();
  state.writeDaemon({ pid: 1, url: 'http://127.0.0.1:1', startedAt: 5 });
  expect(readDaemonRecord(folder)).toEqual({ pid: 1, url: 'http://127.0.0.1:1', startedAt: 5 });
  state.clearDaemon();
  expect(readDaemonRecord(folder)).toBeUndefined();
});

test('state folder: looking for a daemon makes nothing', () => {
  const nowhere = join(folder, 'not-there');
  expect(readDaemonRecord(nowhere)).toBeUndefined();
  expect(readToken(nowhere, 'admin')).toBeUndefined();
  expect(() => statSync(nowhere)).toThrow();
});

test('state folder: an emptied token file, as a full disk leaves it, is made anew', () => {
  openStateDir(folder);
  writeFileSync(join(folder, 'tokens', 'viewer'), '');
  expect(openStateDir(folder).tokenOf('viewer')).toMatch(/^dn_.{32}$/);
});

test('state folder: a damaged record of the daemon is as good as none', () => {
  openStateDir(folder);
  for (const text of ['', '{bad', '{}', 'null', '{"pid":1,"url":"nonsense"}']) {
    writeFileSync(join(folder, 'daemon.json'), text);
    expect(readDaemonRecord(folder)).toBeUndefined();
  }
});

test('state folder: a path that is a file is refused with its name', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => openStateDir(file)).toThrow(`the state folder ${file} cannot be used`);
});
