import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));
const FLEET = { version: 1, agents: { a: { runtime: 'custom', command: ['sleep', '1000'] } } };
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

/** A home and a fleet in a folder whose name needs every kind of quoting. */
function prepare(fleet: object = FLEET) {
  const root = mkdtempSync(join(tmpdir(), 'dreamnet install 100% "q" $x '));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const file = join(root, 'fleet.yaml');
  writeFileSync(file, JSON.stringify(fleet));
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

test('install: systemd waits as long as the fleet may take to end: the longest deadlines one after the other, and time to kill', () => {
  const waitOf = (agents: object) => {
    const { stdout } = prepare({ version: 1, agents }).run('--print');
    return Number(/^TimeoutStopSec=(\d+)$/m.exec(stdout)?.[1]);
  };
  const agent = (deadline: string, dependsOn: string[] = []) => ({
    ...FLEET.agents.a,
    ...{ dependsOn, stop: { deadline } },
  });
  // b and c end first, at the same time; each step has five seconds more to kill, the daemon itself a minute.
  expect(
    waitOf({ a: agent('600s'), b: agent('90s', ['a']), c: agent('2500ms', ['a']), d: agent('10s') }),
  ).toBe(600 + 5 + 90 + 5 + 60);
  expect(waitOf({ a: agent('1s') })).toBe(120);
  const { stdout } = prepare().run('--print');
  expect(stdout).toMatch(/^# .*stop\.deadline.*\n(# .*\n)*TimeoutStopSec=/m);
  expect(stdout).toContain('install --replace');
});

test('install: a user whom the machine does not know is refused; a number is taken as systemd takes it', () => {
  const { run } = prepare();
  for (const name of ['no-such-user', '', '-x', 'ro ot', '4294967295']) {
    const { status, stdout, stderr } = run('--print', `--as=${name}`);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/DN_CLI_USAGE.*--as/);
  }
  expect(run('--print', '--as', 'root').stdout).toContain('User=root\n');
  expect(run('--print', '--as', '61234').stdout).toContain('User=61234\n');
});

test('install: a line break in a path or in the PATH writes nothing and is refused with what holds it: no line of its own gets into a unit', () => {
  const { root, file, run } = prepare();
  const refused = (path: string, ...args: string[]) => {
    const { status, stdout, stderr } = run('--print', ...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/DN_INSTALL_REFUSED.*line break/);
    expect(stderr).toContain(path);
  };
  refused('--state', '--state', join(root, 'st\nExecStartPre=/bin/false'));
  refused('--state', '--state', join(root, 'st\rx'));
  const odd = join(root, 'a\nb');
  mkdirSync(odd);
  copyFileSync(file, join(odd, 'fleet.yaml'));
  refused('--file', '-f', join(odd, 'fleet.yaml'));
  const { status, stderr } = spawnSync(process.execPath, [BIN, 'install', '-f', file, '--print'], {
    encoding: 'utf8',
    env: { PATH: `${process.env.PATH}:/a\nb`, HOME: root },
  });
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/the PATH.*line break/) });
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
