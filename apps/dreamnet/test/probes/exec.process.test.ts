import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProbeResult } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { afterAll, expect, test } from 'vitest';
import { createProbe, type ProbeEntry, probeSchema } from '../../src/probes/probe-schema.js';
import { hasEnded, readProcessStat } from '../../src/process-stat.js';

const folder = mkdtempSync(join(tmpdir(), 'probes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask(entry: Record<string, unknown>, timeoutMs = 5000, signal = new AbortController().signal) {
  const settings = { clock: systemClock(), folder, environment: { PATH: '/usr/bin:/bin' }, timeoutMs };
  const probe = createProbe(probeSchema.parse(entry) as ProbeEntry, settings);
  return probe?.(signal) as Promise<ProbeResult>;
}
const sh = (script: string, more: Record<string, unknown> = {}) => ({ exec: ['sh', '-c', script], ...more });

/** Was it killed? The kernel may take a moment to end who was. */
async function expectEnded(name: string): Promise<void> {
  const pid = Number(readFileSync(join(folder, `${name}.pid`), 'utf8'));
  await expect.poll(() => hasEnded(readProcessStat(pid)), { message: name, timeout: 5000 }).toBe(true);
}

test('exec probe: the exit code decides, and the last line is the reason', async () => {
  expect(await ask(sh('echo one; echo all is well'))).toMatchObject({
    ok: true,
    reason: 'exit code 0: all is well',
  });
  expect(await ask(sh('echo disk full >&2; exit 3'))).toMatchObject({
    ok: false,
    isAnswered: true,
    reason: 'exit code 3, expected 0: disk full',
    evidence: { ran: 'sh', exitCode: 3 },
  });
  expect(await ask(sh('exit 3', { expect: { exitCode: 3 } }))).toMatchObject({ ok: true });
});

test('exec probe: expected output is looked for in what it prints', async () => {
  expect(await ask(sh('echo PONG', { expect: { output: 'PONG' } }))).toMatchObject({ ok: true });
  expect(await ask(sh('echo PING', { expect: { output: 'PONG' } }))).toMatchObject({
    ok: false,
    reason: 'exit code 0, without "PONG" in its output',
  });
});

test('exec probe: one that prints without end is read and bounded, and does not block', async () => {
  const result = await ask(sh('yes | head -c 5000000; echo end'));
  expect(result.ok).toBe(true);
  expect(JSON.stringify(result).length).toBeLessThan(2000);
});

test('exec probe: at the timeout the whole tree is killed, what left the group included', async () => {
  const script = `
    sleep 300 & echo $! > a.pid
    (sleep 300 & echo $! > b.pid; wait) &
    setsid sh -c 'echo $$ > c.pid; exec sleep 300' &
    trap '' TERM
    wait`;
  expect(await ask(sh(script), 700)).toMatchObject({
    ok: false,
    isAnswered: false,
    reason: 'did not end within 700 ms; it was killed with all it started',
  });
  for (const name of ['a', 'b', 'c']) await expectEnded(name);
});

test('exec probe: at the timeout whatever descends from it is killed, also without the mark and in a session of its own', async () => {
  const script = `
    env -i setsid sh -c 'echo $$ > bare.pid; exec sleep 300' &
    env -i sh -c 'setsid sh -c "echo \\$\\$ > deep.pid; exec sleep 300" & wait' &
    wait`;
  expect(await ask(sh(script), 700)).toMatchObject({ ok: false });
  for (const name of ['bare', 'deep']) await expectEnded(name);
});

test('exec probe: what it leaves running in its session is ended too, without the mark and in a group of its own', async () => {
  const script = 'set -m; env -i sleep 300 & echo $! > job.pid; [ $(cut -d" " -f5 /proc/$!/stat) = $! ]';
  expect(await ask({ exec: ['bash', '-c', script] })).toMatchObject({ ok: true });
  await expectEnded('job');
});

test('exec probe: what it leaves running after a good exit is ended too', async () => {
  expect(await ask(sh('sleep 300 & echo $! > left.pid'))).toMatchObject({ ok: true });
  await expectEnded('left');
});

test('exec probe: a program that is not there, and a cancelled one, are bad answers, not exceptions', async () => {
  const missing = await ask({ exec: ['no-such-program-anywhere'] });
  expect(missing).toMatchObject({ ok: false, isAnswered: false });
  expect(missing.reason).toContain('could not be started');
  const cancel = new AbortController();
  const answer = ask(sh('sleep 300'), 60_000, cancel.signal);
  cancel.abort();
  expect(await answer).toMatchObject({ ok: false, reason: 'cancelled before it ended' });
});

test('exec probe: a command gets the variables it was given and no others', async () => {
  const result = await ask(sh('env | sort | cut -d= -f1 | tr "\\n" ,'));
  expect(
    result.reason
      .replace('exit code 0: ', '')
      .split(',')
      .filter((name) => !/^(_|PWD|OLDPWD|SHLVL)?$/.test(name)),
  ).toEqual(['DREAMNET_PROBE', 'PATH']);
});

test('process probe: by pid file, by name, by port; a dead one, a wrong file and nobody are told apart', async () => {
  writeFileSync(join(folder, 'self.pid'), `${process.pid}\n`);
  writeFileSync(join(folder, 'nobody.pid'), '999999999');
  writeFileSync(join(folder, 'words.pid'), 'not a number');
  expect(await ask({ process: { pidFile: 'self.pid' } })).toMatchObject({
    ok: true,
    evidence: { pid: process.pid },
  });
  expect((await ask({ process: { pidFile: 'nobody.pid' } })).reason).toContain('does not run');
  expect((await ask({ process: { pidFile: 'words.pid' } })).reason).toContain('holds no process id');
  expect((await ask({ process: { pidFile: 'none.pid' } })).reason).toContain('there is no pid file');
  expect(await ask({ process: { name: 'node' } })).toMatchObject({ ok: true });
  expect(await ask({ process: { name: 'surely-nobody' } })).toMatchObject({ ok: false });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  expect(await ask({ process: { port } })).toMatchObject({ ok: true });
  await new Promise((resolve) => server.close(resolve));
  expect(await ask({ process: { port } })).toMatchObject({ ok: false });
});

/** An ACP agent in a few lines; `mode` says what it does wrong. */
function acpAgent(mode: string): string[] {
  const program = `
    if (${JSON.stringify(mode)} === 'silent') setInterval(() => {}, 1000);
    else require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line);
      console.log('a line that is no message');
      const result = ${JSON.stringify(mode)} === 'odd' ? {} : { protocolVersion: params.protocolVersion, agentInfo: { name: 'toy', version: '1' } };
      const answer = ${JSON.stringify(mode)} === 'refuses' ? { error: { code: -32000, message: 'no' } } : { result };
      require('fs').appendFileSync('asked', method + '\\n');
      console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    });`;
  return [process.execPath, '-e', program];
}

test('acp probe: a handshake is good, a refusal, an odd answer, silence and an early end are not', async () => {
  expect(await ask({ acp: acpAgent('good') })).toMatchObject({
    ok: true,
    reason: "answered 'initialize', ACP 1",
    evidence: { agent: 'toy 1', otherLines: 1 },
  });
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('initialize\n');
  expect(await ask({ acp: acpAgent('refuses') })).toMatchObject({ ok: false, isAnswered: true });
  expect(await ask({ acp: acpAgent('odd') })).toMatchObject({ ok: false, isAnswered: true });
  expect(await ask({ acp: acpAgent('silent') }, 600)).toMatchObject({ ok: false, isAnswered: false });
  expect(await ask({ acp: ['true'] })).toMatchObject({ ok: false, isAnswered: false });
  expect((await ask({ acp: ['no-such-agent'] })).reason).toContain('could not be started');
});

test('mcp probe: a server that is started for the question answers it and is ended', async () => {
  const server = join(
    import.meta.dirname,
    '../../../../packages/protocols/test/fixtures/modern-mcp-server.mjs',
  );
  const good = await ask({ mcp: { command: [process.execPath, server] } });
  expect(good).toMatchObject({ ok: true, evidence: { asked: 'server/discover', era: 'modern' } });
  expect(await ask({ mcp: { command: ['sh', '-c', 'sleep 300'] } }, 600)).toMatchObject({
    ok: false,
    isAnswered: false,
  });
  expect((await ask({ mcp: { command: ['no-such-server'] } })).reason).toContain('could not be started');
});
