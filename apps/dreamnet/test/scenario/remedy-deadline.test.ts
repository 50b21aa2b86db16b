import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Incident, PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { startDaemon } from './daemon-process.js';

/**
 * Serves until there is a file `sick`; then its first process answers 500, or with SILENT nothing. Asked to end it saves for
 * longer than a remedy gives to who answers nothing.
 */
const SAVES = `
const { existsSync, writeFileSync } = require('node:fs');
const { DREAMNET_AGENT: name, PORT, SILENT } = process.env;
const isFirst = !existsSync(name + '.first');
writeFileSync(name + '.first', '');
require('node:http').createServer((request, response) => {
  if (!isFirst || !existsSync('sick')) response.end('fine');
  else if (!SILENT) response.writeHead(500).end('sick');
}).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => setTimeout(() => {
  writeFileSync(name + '.saved', '');
  process.exit();
}, 1200));`;

const saves = (more: object, isSilent: boolean) => ({
  runtime: 'node',
  command: ['node', '-e', SAVES],
  protocol: 'http',
  endpoint: 'http://127.0.0.1:{port}',
  env: isSilent ? { SILENT: '1' } : {},
  health: { readiness: { every: '100ms', timeout: '500ms' } },
  ...more,
});

test('remedies: who still answers, or was given a deadline, has it; who answers nothing is not waited for', async () => {
  const it = await startDaemon({
    agents: {
      answers: saves({}, false),
      silent: saves({}, true),
      given: saves({ stop: { deadline: '4s' } }, true),
      // As long as it would have without a word, but said.
      said: saves({ stop: { deadline: '5s' } }, true),
    },
  });
  const names = ['answers', 'silent', 'given', 'said'];
  await it.until('all to be ready', async () => {
    const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
    return (
      agents.length === names.length && agents.every(({ health }) => health?.readiness.state === 'ready')
    );
  });
  writeFileSync(join(it.folder, 'sick'), '');
  await it.until('all to be repaired', async () => {
    const { incidents } = await it.client().get<{ incidents: Incident[] }>('/api/incidents');
    const mended = incidents.filter(({ state }) => state === 'resolved').map(({ cause }) => cause.subsystem);
    return names.every((name) => mended.includes(name));
  });
  const hasSaved = (name: string) => existsSync(join(it.folder, `${name}.saved`));
  expect(names.map(hasSaved)).toEqual([true, false, true, true]);
  expect(it.cli('describe', 'silent').stdout).toMatch(/ignored SIGTERM for .*killed/);
}, 60_000);
