import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const KEEPER = fileURLToPath(new URL('../../bin/keep.py', import.meta.url));
/** Says that it listens, as the daemon does. */
const LISTENS = 'echo "{\\"pid\\":$$}" > "$STATE/daemon.json"';

/** A keeper over a shell script in place of the daemon: what it does is the script's to say. */
function keep(
  script: string,
  variables: Readonly<Record<string, string>> = {},
  program: readonly string[] = [],
): {
  state: string;
  keeper: ChildProcess;
  says: (what: RegExp) => Promise<string>;
} {
  const state = mkdtempSync(join(tmpdir(), 'dreamnet-keep-'));
  const keeper = spawn('python3', ['-I', '-S', ...program, KEEPER, state, '--', 'sh', '-c', script], {
    env: { PATH: process.env.PATH, STATE: state, ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(async () => {
    // By SIGTERM, so that what it keeps ends with it.
    const end = endOf(keeper);
    if (keeper.exitCode === null && keeper.kill('SIGTERM')) await end;
    rmSync(state, { recursive: true, force: true });
  });
  const seen: string[] = [];
  const hearers: (() => void)[] = [];
  createInterface({ input: keeper.stderr as NodeJS.ReadableStream }).on('line', (line) => {
    seen.push(line);
    for (const hear of hearers.splice(0)) hear();
  });
  const says = async (what: RegExp) => {
    for (;;) {
      const line = seen.find((text) => what.test(text));
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => hearers.push(resolve));
    }
  };
  return { state, keeper, says };
}

const endOf = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );

const runsOf = (state: string) => readFileSync(join(state, 'lives'), 'utf8').trim().split('\n').length;
const LIVES = 'echo $$ >> "$STATE/lives"';

test('keeper: a daemon that refuses its start is not started again, and its code is passed on', async () => {
  const { state, keeper } = keep(`${LIVES}; exit 2`);
  expect(await endOf(keeper)).toEqual({ code: 2, signal: null });
  expect(runsOf(state)).toBe(1);
});

test("keeper: the daemon's threads share two heaps, unless whoever starts it says otherwise", async () => {
  const tells = 'echo "heaps=$MALLOC_ARENA_MAX" >&2; exit 2';
  await expect(keep(tells).says(/heaps=/)).resolves.toBe('heaps=2');
  await expect(keep(tells, { MALLOC_ARENA_MAX: '5' }).says(/heaps=/)).resolves.toBe('heaps=5');
});

test('keeper: one that ends in order ends the keeper', async () => {
  const { state, keeper } = keep(`${LIVES}; ${LISTENS}; rm "$STATE/daemon.json"; exit 0`);
  expect(await endOf(keeper)).toEqual({ code: 0, signal: null });
  expect(runsOf(state)).toBe(1);
});

test('keeper: one that crashes again and again is started again, later and later, and never given up', async () => {
  const { state, keeper, says } = keep(`${LIVES}; ${LISTENS}; kill -9 $$`);
  expect(await says(/on trial/)).toMatch(
    /by SIGKILL, after \d+\.\d s; starting it again in \d+\.\d s, on trial/,
  );
  expect(runsOf(state)).toBe(6);
  keeper.kill('SIGTERM');
  expect(await endOf(keeper)).toEqual({ code: 0, signal: null });
});

test('keeper: a signal is passed on, the end is waited for, and nothing is started after it', async () => {
  const { state, keeper, says } = keep(
    `${LIVES}; ${LISTENS}; trap 'echo ending >&2; rm "$STATE/daemon.json"; exit 0' TERM; echo there >&2; while :; do sleep 0.05; done`,
  );
  await says(/there/);
  keeper.kill('SIGINT');
  expect(await endOf(keeper)).toEqual({ code: 0, signal: null });
  await says(/ending/);
  expect(runsOf(state)).toBe(1);
});

/** Runs the keeper's program, which is asked to end in the moment in which the daemon is there and its pid is not known yet. */
const ASKED_MEANWHILE = `
import os, runpy, signal, sys
spawn = os.posix_spawnp
def spawn_and_ask(*arguments, **more):
    pid = spawn(*arguments, **more)
    os.kill(os.getpid(), signal.SIGINT)
    return pid
os.posix_spawnp = spawn_and_ask
runpy.run_path(sys.argv.pop(1), run_name="__main__")
`;

test('keeper: a signal that comes while the daemon is started is passed on, too', async () => {
  const { state, keeper } = keep('exec sleep 1000', {}, ['-c', ASKED_MEANWHILE]);
  expect(await endOf(keeper)).toEqual({ code: 0, signal: null });
  expect(existsSync(join(state, 'daemon.json'))).toBe(false);
});

test('keeper: how an orphan ended that led a session is written down; what others did is not', async () => {
  const { state, says } = keep(
    `${LISTENS}
    if [ -f "$STATE/again" ]; then sleep 1; echo done >&2; exec sleep 100; fi
    setsid sh -c 'sleep 0.3; exit 7' &
    setsid sh -c 'sleep 0.3; kill -9 $$' &
    sh -c 'sleep 0.3; exit 8' &
    sleep 0.1; touch "$STATE/again"; kill -9 $$`,
  );
  await says(/done/);
  const ends = readFileSync(join(state, 'exits'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(3, 5).join(' '));
  expect(ends.sort()).toEqual(['- SIGKILL', '7 -']);
});
