import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
const FLEET = { version: 1, agents: { a: { runtime: 'custom', command: ['sleep', '1000'] } } };
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

/** A home and a fleet in a folder whose name needs every kind of quoting. */
function prepare() {
  const root = mkdtempSync(join(tmpdir(), 'dreamnet install 100% "q" $x '));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const file = join(root, 'fleet.yaml');
  writeFileSync(file, JSON.stringify(FLEET));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [BIN, 'install', '-f', file, '--state', join(root, 'state'), ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: root },
    });
  return { root, file, run };
}

test('install: a user unit is written once, and what to run then is said', () => {
  const { root, run } = prepare();
  const first = run('--user');
  const path = join(root, '.config/systemd/user/dreamnet.service');
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toContain('systemctl --user enable --now dreamnet.service');
  const unit = readFileSync(path, 'utf8');
  for (const line of ['KillMode=process', 'Delegate=yes', 'NoNewPrivileges=yes', 'Restart=on-failure'])
    expect(unit.split('\n')).toContain(line);
  expect(run('--user').stderr).toMatch(/DN_INSTALL_REFUSED.*is there already/);
  expect(run('--user', '--replace').status).toBe(0);
});

test('install: --print writes nothing; what cannot be run is refused before anything is written', () => {
  const { root, file, run } = prepare();
  expect(run('--user', '--print').stdout).toContain('[Service]');
  expect(run('--user', '--as', 'nobody').stderr).toContain('DN_CLI_USAGE');
  expect(run('--user', '--name', '../x').stderr).toContain('DN_CLI_USAGE');
  writeFileSync(file, 'version: 2\n');
  expect(run('--user').status).toBe(2);
  expect(() => readFileSync(join(root, '.config/systemd/user/dreamnet.service'))).toThrow('ENOENT');
});

// Where there is no systemd the lines above are what is held; systemd itself reads the unit where there is one.
test.skipIf(!hasAnalyze)('install: systemd finds nothing wrong with the unit', () => {
  const { root, run } = prepare();
  for (const options of [['--as', 'root'], ['--user']]) {
    const { stdout } = run('--print', ...options);
    const path = join(root, 'dreamnet-check.service');
    writeFileSync(path, stdout);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
      encoding: 'utf8',
    });
    const about = stderr.split('\n').filter((line) => line.includes('dreamnet-check'));
    expect({ status, about }).toEqual({ status: 0, about: [] });
  }
});
