import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { IsolationSpec } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { createIsolator } from '../../src/isolation/isolate.js';
import { DENIED_CALLS, WEIGHED_CALLS } from '../../src/isolation/system-calls.js';
import { exists, type Harness, logLine, specIn, startHarness } from '../fixtures/harness.js';
import { means, sandboxTest, searchPath } from '../fixtures/sandbox-test.js';

const sandbox = (rest: Partial<IsolationSpec> = {}): { isolation: IsolationSpec } => ({
  isolation: { level: 'sandbox', isRequired: true, paths: [], network: { access: 'none' }, ...rest },
});

async function start(): Promise<Harness & { work: string }> {
  const hiddenPaths: string[] = [];
  const harness = await startHarness({ isolation: { searchPath, hiddenPaths } });
  const work = join(harness.dir, 'work');
  mkdirSync(work);
  hiddenPaths.push(join(work, 'state'));
  return { ...harness, work };
}

/** A server of this machine that answers one word; gives its port. */
async function serve(): Promise<number> {
  const server = createServer((_, response) => response.end('served\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const CONNECT = `
import socket, sys
for target in sys.argv[1:]:
    host, port = target.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), 5) as link:
            link.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            print("reached" if b"served" in link.makefile("rb").read() else "cut off", target, flush=True)
    except OSError as problem:
        print("failed", target, flush=True)
print("done", flush=True)
import time
time.sleep(1000)
`;

sandboxTest('sandbox: only what is bound is there, read-only unless bound to write', async () => {
  const { supervisor, spec, dir, work } = await start();
  const outside = join(dir, 'outside.txt');
  const own = join(dir, 'own');
  mkdirSync(own);
  mkdirSync(join(work, 'state'));
  writeFileSync(join(work, 'state', 'token'), 'canary');
  writeFileSync(outside, 'canary');
  const script = [
    `cat ${outside} ${work}/state/token /etc/shadow; touch ${work}/no; touch ${own}/yes && echo written`,
    'echo own; sleep 1000',
  ].join('; ');
  const launched = await supervisor.launch(
    spec('a', ['sh', '-c', script], { cwd: work, ...sandbox({ paths: [{ path: own, mode: 'rw' }] }) }),
  );
  expect(launched.notEnforced).toEqual([]);
  await logLine(supervisor, 'a', /own/);
  const out = await supervisor.readLog('a', { stream: 'out' });
  const err = await supervisor.readLog('a', { stream: 'err' });
  expect(out).toEqual(['written', 'own']);
  expect(err).toHaveLength(4);
  expect(err.join('\n')).toMatch(/outside.txt.*\n.*token.*\n.*shadow.*\n.*Read-only file system/);
  expect(existsSync(join(own, 'yes'))).toBe(true);
});

sandboxTest('sandbox: other processes are neither seen nor reached, and no power is left', async () => {
  const { supervisor, spec, work } = await start();
  const script =
    'echo seen $(ls /proc | grep -c "^[0-9]"); grep -E "CapEff|CapBnd|NoNewPrivs" /proc/self/status; ulimit -c; umask; kill -9 $OUTER; ls /proc/self/fd | tr "\\n" " "; echo end; sleep 1000';
  await supervisor.launch(
    spec('a', ['sh', '-c', script], {
      cwd: work,
      env: { PATH: '/usr/bin:/bin', OUTER: String(process.pid) },
      ...sandbox(),
    }),
  );
  await logLine(supervisor, 'a', /end/);
  const out = (await supervisor.readLog('a', { stream: 'out' })).join('\n');
  expect(Number(/seen (\d+)/.exec(out)?.[1])).toBeLessThan(8);
  expect(out).toMatch(/CapEff:\s+0+\n/);
  expect(out).toMatch(/NoNewPrivs:\s+1\n0\n0?077\n0 1 2 3 end/);
});

/** Each of these works, or fails in another way, without a filter. */
const FORBIDDEN = `
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, *args):
    ctypes.set_errno(0)
    libc.syscall(*[ctypes.c_long(arg) for arg in args])
    print(name, errno.errorcode.get(ctypes.get_errno(), "works"), flush=True)
NUMBERS = JSON
buffer = ctypes.create_string_buffer(64)
for name, args in (("ptrace", (0, 0, 0, 0)), ("process_vm_readv", (os.getpid(), 0, 0, 0, 0, 0)), ("keyctl", (0, -3, 0)),
                   ("io_uring_setup", (0, 0)), ("unshare", (0x10000000,)), ("clone3", (0, 0)), ("socket", (40, 1, 0))):
    attempt(name, NUMBERS[name], *args)
attempt("newer", 500)
print("end", flush=True)
import time
time.sleep(1000)
`;

sandboxTest(
  'sandbox: calls that reach past it are refused by a filter, ordinary programs work',
  async (ctx) => {
    if (means.filterProblem !== undefined) ctx.skip(means.filterProblem);
    const { supervisor, spec, work } = await start();
    const column = process.arch === 'x64' ? 0 : 1;
    const calls = Object.entries({ ...DENIED_CALLS, ...WEIGHED_CALLS });
    const numbers = Object.fromEntries(calls.map(([name, pair]) => [name, pair[column]]));
    const script = FORBIDDEN.replace('JSON', JSON.stringify(numbers).replaceAll('null', 'None'));
    const launched = await supervisor.launch(
      spec('a', ['python3', '-c', script], { cwd: work, ...sandbox() }),
    );
    expect(launched.notEnforced).toEqual([]);
    await logLine(supervisor, 'a', /end/);
    expect(await supervisor.readLog('a', { stream: 'out' })).toEqual([
      ...['ptrace EPERM', 'process_vm_readv EPERM', 'keyctl EPERM', 'io_uring_setup EPERM', 'unshare EPERM'],
      ...['clone3 ENOSYS', 'socket EAFNOSUPPORT', 'newer ENOSYS', 'end'],
    ]);
    const program =
      "new (require('node:worker_threads').Worker)('require(`node:fs`).readFileSync(`/proc/self/stat`)', {eval:true}).on('exit', (code) => require('node:child_process').exec('echo child', (_, out) => console.log('worker', code, out)))";
    const command = [process.execPath, '-e', program];
    await supervisor.launch(spec('b', command, { cwd: work, ...sandbox() }));
    expect(await logLine(supervisor, 'b', /worker/)).toBe('worker 0 child');
  },
);

sandboxTest('sandbox: its environment is exactly what it was given', async () => {
  const { supervisor, spec, work } = await start();
  const env = { PATH: '/usr/bin:/bin', GIVEN: 'yes' };
  await supervisor.launch(spec('a', ['env'], { cwd: work, env, ...sandbox() }));
  await logLine(supervisor, 'a', /GIVEN/);
  const names = (await supervisor.readLog('a', { stream: 'out' })).map((line) => line.split('=')[0]);
  expect(names.sort()).toEqual(['DREAMNET_PROCESS', 'GIVEN', 'PATH']);
});

sandboxTest(
  'sandbox: a stop reaches the program, which ends in its own way, and nothing is left',
  async () => {
    const { supervisor, spec, events, work } = await start();
    const script = 'trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.05; done';
    const { identity } = await supervisor.launch(
      spec('a', ['sh', '-c', script], { cwd: work, ...sandbox() }),
    );
    await logLine(supervisor, 'a', /up/);
    await supervisor.stop('a');
    expect(await supervisor.readLog('a', { stream: 'out' })).toEqual(['up', 'bye']);
    expect(events.ofType('process.exited', 'a')[0]?.exit).toMatchObject({ code: 7, isKnown: true });
    expect(exists(identity?.pid ?? 0)).toBe(false);
  },
);

sandboxTest(
  'sandbox: every signal to stop with reaches the program, behind a list of destinations, too',
  async () => {
    const { supervisor, spec, work } = await start();
    const network = { access: 'allow-list' as const, allow: [] };
    for (const signal of ['SIGQUIT', 'SIGUSR2'] as const)
      for (const [id, rest] of Object.entries({ a: {}, b: { network } })) {
        const script = `trap "exit 7" ${signal.slice(3)}; echo up ${signal}; while :; do sleep 0.05; done`;
        const how = { cwd: work, stop: { signal }, ...sandbox(rest) };
        await supervisor.launch(spec(id, ['sh', '-c', script], how));
        await logLine(supervisor, id, new RegExp(`up ${signal}`));
        await supervisor.stop(id);
        expect(supervisor.get(id)?.lastExit).toMatchObject({ code: 7, stop: { isProven: true } });
      }
  },
);

sandboxTest('sandbox: the end of its input reaches the program', async () => {
  const { supervisor, spec, work } = await start();
  const command = ['sh', '-c', 'cat >/dev/null; exit 6'];
  await supervisor.launch(spec('a', command, { cwd: work, stdio: 'pipe', ...sandbox() }));
  await supervisor.stop('a');
  const lastExit = supervisor.get('a')?.lastExit;
  expect(lastExit).toMatchObject({ code: 6 });
  // What is around it may take a moment longer to end, and is then asked, too.
  expect(lastExit?.stop?.steps[0]).toMatchObject({ rung: 'stdin', left: 0 });
});

sandboxTest('sandbox: a signal reaches the program inside, not what is around it', async () => {
  const { supervisor, spec, work } = await start();
  const script = 'trap "echo told" USR1; echo up; while :; do sleep 0.05; done';
  const network = { access: 'allow-list' as const, allow: [] };
  for (const [id, rest] of Object.entries({ a: {}, b: { network } })) {
    const launched = await supervisor.launch(spec(id, ['sh', '-c', script], { cwd: work, ...sandbox(rest) }));
    await logLine(supervisor, id, /up/);
    expect(supervisor.signal?.(id, 'SIGUSR1')).toBe(true);
    expect(await logLine(supervisor, id, /told/)).toBe('told');
    expect(supervisor.get(id)?.identity).toEqual(launched.identity);
  }
});

sandboxTest('network none: there is no way out, not even to this machine', async () => {
  const { supervisor, spec, work } = await start();
  const port = await serve();
  await supervisor.launch(
    spec('a', ['python3', '-c', CONNECT, `127.0.0.1:${port}`], { cwd: work, ...sandbox() }),
  );
  expect(await logLine(supervisor, 'a', /127/)).toBe(`failed 127.0.0.1:${port}`);
});

sandboxTest('network host: everything can be reached', async () => {
  const { supervisor, spec, work } = await start();
  const port = await serve();
  const rest = { cwd: work, ...sandbox({ network: { access: 'host' } }) };
  await supervisor.launch(spec('a', ['python3', '-c', CONNECT, `127.0.0.1:${port}`], rest));
  expect(await logLine(supervisor, 'a', /127/)).toBe(`reached 127.0.0.1:${port}`);
});

sandboxTest('network allow-list: what is on it is reached, what is not is refused and told', async () => {
  const { supervisor, spec, events, work } = await start();
  const [good, bad] = [await serve(), await serve()];
  const script = `
import os, urllib.request
for name in ("no_proxy", "NO_PROXY"):
    del os.environ[name]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": os.environ["http_proxy"]}))
for port in (${good}, ${bad}):
    try:
        print("proxy", port, opener.open("http://127.0.0.1:%d/" % port, timeout=5).read().decode().strip(), flush=True)
    except OSError as problem:
        print("proxy", port, problem, flush=True)
`;
  const network = { access: 'allow-list' as const, allow: [`127.0.0.1:${good}`] };
  const command = ['python3', '-c', script + CONNECT, `127.0.0.1:${good}`, `127.0.0.1:${bad}`, '1.1.1.1:443'];
  const launched = await supervisor.launch(spec('a', command, { cwd: work, ...sandbox({ network }) }));
  expect(launched.notEnforced).toEqual([]);
  await logLine(supervisor, 'a', /done/);
  expect(await supervisor.readLog('a', { stream: 'out' })).toEqual([
    `proxy ${good} served`,
    `proxy ${bad} HTTP Error 403: Forbidden`,
    `reached 127.0.0.1:${good}`,
    `failed 127.0.0.1:${bad}`,
    'failed 1.1.1.1:443',
    'done',
  ]);
  expect(events.ofType('network.refused', 'a')).toEqual([
    { destination: `127.0.0.1:${bad}`, because: 'not on the list of its network binding', untold: 0 },
  ]);
});

/** Twenty connections at once, each echoed whole while it is still sent, some cut off in the middle. */
const ECHO = `
import hashlib, socket, sys, threading
port, sent = int(sys.argv[1]), bytes(range(256)) * 4096
def carry(turn, results):
    with socket.create_connection(("127.0.0.1", port), 20) as link:
        if turn % 4 == 3:
            return link.sendall(sent[:1000 * turn])
        writer = threading.Thread(target=lambda: (link.sendall(sent), link.shutdown(socket.SHUT_WR)))
        writer.start()
        got = b"".join(iter(lambda: link.recv(65536), b""))
        writer.join()
        results.append(got == sent)
results = []
threads = [threading.Thread(target=carry, args=(turn, results)) for turn in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("echoed", results.count(True), "of", len(results), flush=True)
import time
time.sleep(1000)
`;

sandboxTest(
  'network allow-list: a megabyte goes both ways on many connections, others are cut off',
  async () => {
    const { supervisor, spec, work } = await start();
    const server = createTcpServer({ allowHalfOpen: true }, (link) => {
      link.on('error', () => link.destroy());
      link.pipe(link);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const network = { access: 'allow-list' as const, allow: [`127.0.0.1:${port}`] };
    const command = ['python3', '-c', ECHO, String(port)];
    await supervisor.launch(spec('a', command, { cwd: work, ...sandbox({ network }) }));
    expect(await logLine(supervisor, 'a', /echoed/)).toBe('echoed 15 of 15');
    await supervisor.stop('a', 0);
  },
);

sandboxTest(
  'network allow-list: nothing of the sandbox outlives its command, nobody cleaning up behind it',
  async () => {
    const { work } = await start();
    const isolator = createIsolator({
      ...{ instanceId: 'test', gateDir: join(work, 'gates'), searchPath, clock: systemClock() },
      publish: () => undefined,
    });
    const network = { access: 'allow-list' as const, allow: [] };
    const spec = specIn(work)('a', ['sh', '-c', 'exec sleep 0.3'], sandbox({ network }));
    const isolated = isolator.isolate(spec);
    onTestFinished(() => isolated?.close());
    const [program = '', ...args] = [...(isolated?.prefix ?? []), ...spec.command];
    // Whatever is inside holds the pipe open: its end is the end of all of them.
    const child = spawn(program, args, {
      cwd: work,
      env: spec.env,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const held = child.stdio[3] as Readable;
    const closed = new Promise((resolve) => held.once('close', resolve));
    held.resume();
    await closed;
    expect(child.exitCode ?? 0).toBe(0);
  },
);

test('required: what cannot be had refuses the start and names it; otherwise it is said', async () => {
  const { supervisor, spec, dir } = await startHarness({ isolation: { searchPath: '' } });
  const isolation: IsolationSpec = {
    ...{ level: 'sandbox', isRequired: true, user: 'nobody-here', paths: [], network: { access: 'none' } },
  };
  const launching = supervisor.launch(spec('a', ['sleep', '1000'], { cwd: dir, isolation }));
  await expect(launching).rejects.toMatchObject({
    code: 'DN_SUPERVISOR_ISOLATION_MISSING',
    message: expect.stringMatching(/own user: /),
  });
  const loose = { ...isolation, isRequired: false };
  const launched = await supervisor.launch(spec('b', ['sleep', '1000'], { cwd: dir, isolation: loose }));
  expect(launched.phase).toBe('running');
  expect(launched.notEnforced.join()).toMatch(/own user: /);
});

test('process: no new privileges, no core dumps, files of its own alone; as root a user of its own', async () => {
  const { supervisor, spec, dir } = await startHarness();
  const isolation: IsolationSpec = {
    ...{ level: 'process', isRequired: false, paths: [], network: { access: 'host' } },
  };
  const script = 'grep NoNewPrivs /proc/self/status; umask; ulimit -c; id -u; sleep 1000';
  const launched = await supervisor.launch(spec('a', ['sh', '-c', script], { cwd: dir, isolation }));
  await logLine(supervisor, 'a', /^\d{1,6}$/);
  const [privileges, umask, core, uid] = await readAll(4);
  expect([privileges, umask, core]).toEqual(['NoNewPrivs:\t1', '0077', '0']);
  if (means.isRoot) expect(Number(uid)).toBeGreaterThanOrEqual(61_184);
  else expect(launched.notEnforced).toEqual([expect.stringMatching(/^own user: /)]);
  const environ = `/proc/${launched.identity?.pid}/status`;
  if (means.isRoot) expect(readFileSync(environ, 'utf8')).toMatch(new RegExp(`Uid:\\s+${uid}\\b`));

  async function readAll(count: number): Promise<readonly string[]> {
    const query = { ids: ['a'], streams: ['out'], lines: 100 } as const;
    for await (const _ of supervisor.followLogs(query, AbortSignal.timeout(5000))) {
      const lines = await supervisor.readLog('a', { stream: 'out' });
      if (lines.length >= count) return lines;
    }
    return [];
  }
});

sandboxTest('sandbox with a user: as root it is another user, with no power left', async (ctx) => {
  if (!means.isRoot) ctx.skip('only root can give an agent a user of its own');
  const { supervisor, spec, work } = await start();
  const port = await serve();
  const script =
    'id -u; grep -E "CapEff|CapPrm|NoNewPrivs" /proc/self/status | tr -d "\\t" | tr "\\n" " "; touch /tmp/own && echo tmp; exec python3 -c "$0" "$@"';
  const network = { access: 'allow-list' as const, allow: [`127.0.0.1:${port}`] };
  const command = ['sh', '-c', script, CONNECT, `127.0.0.1:${port}`];
  const rest = { cwd: work, ...sandbox({ user: 'dynamic', network }) };
  const launched = await supervisor.launch(spec('a', command, rest));
  expect(launched.notEnforced).toEqual([]);
  await logLine(supervisor, 'a', /done/);
  const [uid, status] = await supervisor.readLog('a', { stream: 'out' });
  expect(Number(uid)).toBeGreaterThanOrEqual(61_184);
  expect(status).toMatch(/CapPrm:0+ CapEff:0+ NoNewPrivs:1 tmp/);
  expect(await supervisor.readLog('a', { stream: 'out' })).toContain(`reached 127.0.0.1:${port}`);
  await supervisor.stop('a', 0);
});
