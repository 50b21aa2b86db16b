import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { frame } from '../../src/spawn/spawner-frames.js';

const PROGRAM = fileURLToPath(new URL('../../bin/spawner.py', import.meta.url));

/** A line at a time of what the spawner says. */
class Lines {
  readonly seen: string[] = [];
  #rest = '';
  #wake: (() => void)[] = [];

  constructor(readonly socket: Socket) {
    socket.on('data', (part) => {
      const lines = (this.#rest + part.toString()).split('\n');
      this.#rest = lines.pop() ?? '';
      this.seen.push(...lines);
      for (const wake of this.#wake.splice(0)) wake();
    });
    socket.on('error', () => undefined);
  }

  async find(pattern: RegExp): Promise<string> {
    for (;;) {
      const line = this.seen.find((one) => pattern.test(one));
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  count(pattern: RegExp): number {
    return this.seen.filter((line) => pattern.test(line)).length;
  }
}

interface Running {
  readonly dir: string;
  readonly child: ChildProcess;
  readonly lines: Lines;
  readonly ended: Promise<void>;
  connect(): Promise<Lines>;
  ask(request: number, command: readonly string[]): Buffer;
  exits(): string[];
}

async function startProgram(): Promise<Running> {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-spawner-'));
  const exitsFile = join(dir, 'exits');
  const child = spawn('python3', ['-I', '-S', '-E', PROGRAM, dir, 'spawner', exitsFile, 'v1'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  const lines = new Lines(child.stdio[3] as Socket);
  await lines.find(/^hello v1 /);
  return {
    ...{ dir, child, lines, ended },
    connect: async () => new Lines(connect(join(dir, 'spawner'))),
    ask: (request, command) => {
      const logs = [join(dir, 'out'), join(dir, 'err')];
      return frame('s', [request, dir, ...logs, command.length, ...command, 'PATH=/usr/bin:/bin']);
    },
    exits: () => (existsSync(exitsFile) ? readFileSync(exitsFile, 'utf8').trim().split('\n') : []),
  };
}

/** A process that keeps the spawner here while no daemon is connected. */
async function startLasting({ lines, ask }: Running): Promise<void> {
  lines.socket.write(ask(0, ['/bin/sleep', '1000']));
  const started = await lines.find(/^started 0 /);
  onTestFinished(() => void process.kill(Number(started.split(' ')[2]), 'SIGKILL'));
}

/** Asks for a sign of life: what was sent before it has been read by then. */
async function answers({ socket, seen }: Lines): Promise<void> {
  const before = seen.length;
  socket.write(frame('p'));
  while (!seen.slice(before).includes('pong')) await new Promise((resolve) => socket.once('data', resolve));
}

test('spawner program: half a request starts nothing, also when the daemon dies with it', async () => {
  const running = await startProgram();
  const { lines, connect: again, ask, dir } = running;
  await startLasting(running);
  const whole = ask(1, ['/bin/sh', '-c', `touch ${dir}/started`]);
  lines.socket.write(whole.subarray(0, whole.length - 3));
  lines.socket.destroy();
  const next = await again();
  await answers(next);
  expect(next.count(/^(started|failed)/)).toBe(0);
  expect(existsSync(join(dir, 'started'))).toBe(false);
});

test('spawner program: what an earlier daemon asked for and was not begun is dropped when the next one comes', async () => {
  const running = await startProgram();
  const { child, lines, connect: again, ask, exits } = running;
  await startLasting(running);
  child.kill('SIGSTOP');
  for (let request = 0; request < 50; request += 1) lines.socket.write(ask(request, ['/bin/true']));
  await new Promise((resolve) => setImmediate(resolve));
  lines.socket.destroy();
  const next = again();
  child.kill('SIGCONT');
  await answers(await next);
  expect(exits()).toEqual([]);
});

test.each([
  ['letters that are none', Buffer.from('\x05\0\0\0zABCD', 'latin1')],
  ['fields that are none', frame('s', ['x'])],
  ['a number that is none', frame('w', ['x', 'y'])],
  ['a frame of four gigabytes', Buffer.from([255, 255, 255, 255, 1, 2, 3])],
])('spawner program: after %s it serves the next daemon', async (_, nonsense) => {
  const running = await startProgram();
  const { lines, connect: again, ask } = running;
  await startLasting(running);
  lines.socket.write(nonsense);
  const next = await again();
  next.socket.write(ask(2, ['/bin/true']));
  await next.find(/^ended \d+ \d+ 0 - /);
});

test('spawner program: without a daemon it writes down how its processes end, and ends after the last', async () => {
  const { lines, ask, ended, exits, dir } = await startProgram();
  lines.socket.write(ask(1, ['/bin/sh', '-c', 'sleep 0.2; exit 7']));
  lines.socket.write(ask(2, ['/bin/sh', '-c', 'sleep 0.1; kill -9 $$']));
  const pids = await Promise.all([lines.find(/^started 1 /), lines.find(/^started 2 /)]);
  lines.socket.destroy();
  await ended;
  const [first, second] = pids.map((line) => line.split(' ').slice(2).join(' '));
  expect(exits()).toEqual([
    expect.stringMatching(new RegExp(`^\\S+ ${second} - SIGKILL \\d+$`)),
    expect.stringMatching(new RegExp(`^\\S+ ${first} 7 - \\d+$`)),
  ]);
  expect(existsSync(join(dir, 'spawner'))).toBe(false);
});

test('spawner program: a daemon that does not read neither stops it nor fills its memory', async () => {
  const { child, lines, connect: again } = await startProgram();
  lines.socket.pause();
  for (let count = 0; count < 100; count += 1) {
    const pings = Buffer.concat(Array.from({ length: 5000 }, () => frame('p')));
    if (!lines.socket.write(pings) && count > 20) break;
  }
  const next = await again();
  await answers(next);
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  expect(Number(resident)).toBeLessThan(40_000);
});

test('spawner program: 1,000 short processes leave neither descriptors nor memory behind', async () => {
  const { child, lines, ask } = await startProgram();
  const descriptors = () => readdirSync(`/proc/${child.pid}/fd`).length;
  await answers(lines);
  const before = descriptors();
  lines.socket.on('data', (part) => {
    for (const [, pid] of part.toString().matchAll(/^ended (\d+) /gm))
      lines.socket.write(frame('r', [pid ?? '']));
  });
  for (let request = 0; request < 1000; request += 1) lines.socket.write(ask(request, ['/bin/true']));
  while (lines.count(/^ended \d+ \d+ 0 - /) < 1000)
    await new Promise((resolve) => lines.socket.once('data', resolve));
  await answers(lines);
  expect(descriptors()).toBe(before);
  const zombies = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  expect(zombies.split(' ').filter(Boolean).length).toBeLessThanOrEqual(1);
}, 60_000);

test('spawner program: a signal that stops a process, and one that lets it go on, are told', async () => {
  const { lines, ask, connect: again } = await startProgram();
  lines.socket.write(ask(1, ['/bin/sleep', '1000']));
  const [, , pid = '', ticks = ''] = (await lines.find(/^started 1 /)).split(' ');
  onTestFinished(() => void process.kill(Number(pid), 'SIGKILL'));
  process.kill(Number(pid), 'SIGSTOP');
  await lines.find(new RegExp(`^stirred ${pid}$`));
  const next = await again();
  await answers(next);
  next.socket.write(frame('w', [pid, ticks]));
  await next.find(new RegExp(`^own ${pid}$`));
  expect(next.count(/^stirred/)).toBe(0);
  process.kill(Number(pid), 'SIGCONT');
  await next.find(new RegExp(`^stirred ${pid}$`));
});
