import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasEnded, readProcessStat } from '../../src/process-stat.js';
import { runCli } from '../scenario/daemon-process.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inside = (name: string, text?: string): string => {
  if (text !== undefined) writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('import command: JavaScript is run with --execute only; CommonJS, modules and functions are all read', () => {
  inside('api.js', '');
  const apps = "[{ name: 'api', script: 'api.js', env: { SUM: 1 + 1 } }]";
  const files = [
    inside('a.config.cjs', `console.log('noise'); module.exports = { apps: ${apps} }`),
    inside('b.config.mjs', `export default { apps: ${apps} }`),
    inside('c.config.cjs', `module.exports = () => ({ apps: ${apps} })`),
  ];
  for (const file of files) {
    const output = inside('out.yaml');
    const refused = runCli(['import', file, '-o', output]);
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('DN_IMPORT_NEEDS_EXECUTE') });
    expect(existsSync(output)).toBe(false);
    const done = runCli(['import', file, '-o', output, '--execute', '--force']);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(output, 'utf8')).toMatch(/SUM: '2'/);
    rmSync(output);
  }
});

test('import command: a file that runs into an error or exports nothing is an error with its reason', () => {
  const thrown = inside('a.config.cjs', "throw new TypeError('no database')");
  const run = runCli(['import', thrown, '--execute', '-o', '-']);
  expect(run).toMatchObject({ status: 2, stderr: expect.stringMatching(/DN_IMPORT_FAILED.*no database/) });
  const nothing = inside('b.config.mjs', 'export const a = undefined;');
  expect(runCli(['import', nothing, '--execute', '-o', '-'])).toMatchObject({ status: 2 });
});

test('import command: several files become one fleet, names stay apart, and a file is not replaced unasked', () => {
  const procfile = inside('Procfile', 'web: sh run.sh');
  const mcp = inside('.mcp.json', '{"mcpServers":{"web":{"command":"sh"}}}');
  const output = inside('dreamnet.yaml');
  const done = runCli(['import', procfile, mcp, '-o', output, '--json']);
  expect(done.status).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({ agents: ['web', 'web-2'], problem: null });
  expect(runCli(['import', procfile, '-o', output])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--force'),
  });
});

test('import command: the folder it is to be written to is made, and paths in the file lead out of it', () => {
  const procfile = inside('Procfile', 'web: sh run.sh');
  const output = inside('fleet/of/dreamnet.yaml');
  expect(runCli(['import', procfile, '-o', output])).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(output, 'utf8')).toContain('cwd: ../..');
});

test('import command: where it cannot be written is said by name, and is wrong usage', () => {
  const procfile = inside('Procfile', 'web: sh run.sh');
  for (const output of [join(procfile, 'dreamnet.yaml'), folder]) {
    const run = runCli(['import', procfile, '-o', output, '--force']);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain(`error DN_CLI_USAGE: ${output} cannot be written: `);
  }
});

test('import command: printed as JSON the fleet file is a text in it, and a program reads what was imported', () => {
  const procfile = inside('Procfile', 'web: sh run.sh');
  const run = runCli(['import', procfile, '-o', '-', '--json']);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  const printed = JSON.parse(run.stdout);
  expect(printed).toMatchObject({ file: null, agents: ['web'], subsystems: [] });
  expect(printed.text).toBe(runCli(['import', procfile, '-o', '-']).stdout);
});

test('import command: a program that is not installed here is said at once, and the file is there to be edited', () => {
  const procfile = inside('Procfile', 'web: no-such-program --now');
  const output = inside('dreamnet.yaml');
  const done = runCli(['import', procfile, '-o', output]);
  expect(done.status).toBe(1);
  expect(done.stdout).toMatch(/does not load on this machine yet:\n.*no-such-program.*not on the PATH/);
  expect(existsSync(output)).toBe(true);
});

test('import command: what a JavaScript file starts is ended with it, and holds nobody up', () => {
  const apps = "[{ name: 'api', script: 'sleep', args: '1' }]";
  const pids = join(folder, 'pids');
  const start = (stdio: string) =>
    `require('fs').appendFileSync(${JSON.stringify(pids)}, require('child_process').spawn('sleep', ['777'], { stdio: '${stdio}' }).pid + ' ')`;
  const file = inside(
    'a.config.cjs',
    `${start('inherit')}; ${start('ignore')}; module.exports = { apps: ${apps} }`,
  );
  const done = runCli(['import', file, '-o', '-', '--execute']);
  expect(done).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('[ sleep,') });
  const started = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  expect(started).toHaveLength(2);
  expect(started.filter((pid) => !hasEnded(readProcessStat(pid)))).toEqual([]);
});

// It waits the ten seconds that such a file is given: whoever ends it is what is tried here.
test('import command: a JavaScript file that does not come to an end is an error, and ended with all it started', () => {
  const pids = join(folder, 'pids');
  const file = inside(
    'a.config.cjs',
    `require('child_process').spawnSync('sh', ['-c', 'echo $$ > ${pids}; exec sleep 777'])`,
  );
  const run = runCli(['import', file, '--execute', '-o', '-']);
  expect(run).toMatchObject({ status: 2, stderr: expect.stringMatching(/DN_IMPORT_FAILED.*still running/) });
  expect(hasEnded(readProcessStat(Number(readFileSync(pids, 'utf8'))))).toBe(true);
});
