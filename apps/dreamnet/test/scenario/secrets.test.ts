import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PsEntry } from '@dreamnet/contracts';
import type { RecordedChange } from '@dreamnet/os-linker';
import { afterEach, expect, test } from 'vitest';
import type { ReactionOutcome } from '../../src/daemon/secret-desk.js';
import { type DaemonProcess, prepareDaemon } from './daemon-process.js';
import { call, echoAgent } from './echo-agent.js';

const CANARIES = {
  vault: 'canary-vault-7f3a9c51',
  memory: 'canary-memory-2b8d4e60',
  variable: 'canary-variable-91c0d7aa',
  file: 'canary-file-5e6b1f02',
  command: 'canary-command-c4418be9',
  unbound: 'canary-unbound-0d93aa17',
};

/** Answers every call with its secret, and once `sour` is there every other question, too. */
const TALKER = `
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.method === 'GET' && !existsSync('sour')) response.end('fine');
  else response.writeHead(500).end(process.env.KEY);
}).listen(Number(process.argv[2]), '127.0.0.1');
`;

let daemon: DaemonProcess | undefined;
afterEach(async () => {
  await daemon?.remove();
  daemon = undefined;
  delete process.env.BOUND_CANARY;
  delete process.env.UNBOUND_CANARY;
});

/** Everything below a folder, as bytes. */
function* filesBelow(folder: string): Generator<[string, Buffer]> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = statSync(path);
    if (found.isDirectory()) yield* filesBelow(path);
    else if (found.isFile()) yield [path, readFileSync(path)];
  }
}

/** The text as it is, and as it would hide in base64 and in hexadecimal. */
const formsOf = (text: string) => [
  text,
  Buffer.from(text).toString('base64').slice(0, -4),
  Buffer.from(text).toString('hex'),
];

/** Answers of every route that can be read, by the daemon's own description of them. */
async function readEverything(it: DaemonProcess): Promise<Map<string, string>> {
  const { url, token } = it.access();
  const headers = { authorization: `Bearer ${token}` };
  const ask = async (path: string) =>
    (await fetch(url + path, { headers, signal: AbortSignal.timeout(10_000) })).text();
  const { paths } = JSON.parse(await ask('/api/openapi.json')) as { paths: Record<string, object> };
  const answers = new Map<string, string>();
  for (const [path, methods] of Object.entries(paths)) {
    if (!('get' in methods)) continue;
    const filled = path
      .replace('{name}', 'keeper')
      .replace('{key}', 'token')
      .replaceAll(/\{[^}]+\}/g, 'keeper');
    const asked = filled === '/api/events' ? `${filled}?after=0&once=true` : filled;
    answers.set(asked, await ask(asked));
  }
  return answers;
}

test('canaries: no secret is in what the daemon wrote, answered or printed, nor in arguments; nothing unbound is inherited', async () => {
  process.env.BOUND_CANARY = CANARIES.variable;
  process.env.UNBOUND_CANARY = CANARIES.unbound;
  const keep = 'env > seen.new; cat "$IN_MEMORY" >> seen.new; mv seen.new seen; sleep 1000';
  const it = prepareDaemon({
    agents: {
      keeper: {
        runtime: 'custom',
        command: ['sh', '-c', keep],
        bindings: [
          {
            type: 'secrets',
            config: {
              IN_VAULT: { from: 'vault', key: 'token' },
              IN_MEMORY: { from: 'vault', key: 'memory', as: 'file' },
              OF_DAEMON: { from: 'env', name: 'BOUND_CANARY' },
              IN_FILE: { from: 'file', path: 'canary.txt' },
              BY_COMMAND: { from: 'command', command: ['sh', './tell.sh'], timeout: '5s' },
            },
          },
        ],
      },
      crasher: {
        runtime: 'custom',
        command: ['sh', '-c', 'echo "died with $KEY" >&2; exit 7'],
        restart: { intensity: 1, backoff: { initial: '10ms' } },
        bindings: [{ type: 'secrets', config: { KEY: { from: 'vault', key: 'token', onChange: 'none' } } }],
      },
      talker: {
        ...echoAgent({ command: [process.execPath, 'talker.mjs', '{port}'], capabilities: ['talk'] }),
        bindings: [{ type: 'secrets', config: { KEY: { from: 'vault', key: 'token', onChange: 'none' } } }],
      },
      failing: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        bindings: [
          { type: 'secrets', config: { KEY: { from: 'command', command: ['sh', './tell.sh', 'and-fail'] } } },
        ],
      },
    },
  });
  daemon = it;
  writeFileSync(join(it.folder, 'canary.txt'), `${CANARIES.file}\n`);
  writeFileSync(
    join(it.folder, 'tell.sh'),
    `echo ${CANARIES.command}; [ -z "$1" ] || { echo ${CANARIES.command} >&2; exit 3; }\n`,
  );
  writeFileSync(join(it.folder, 'talker.mjs'), TALKER);
  await it.up();
  await it.client().send('PUT', '/api/vault/memory', { value: CANARIES.memory });
  await it.client().send('PUT', '/api/vault/token', { value: CANARIES.vault });
  const seen = join(it.folder, 'seen');
  await it.until('the keeper to have looked', () => existsSync(seen));
  const given = readFileSync(seen, 'utf8');
  for (const name of ['vault', 'memory', 'variable', 'file', 'command'] as const)
    expect(given).toContain(CANARIES[name]);
  expect(given).not.toContain(CANARIES.unbound);
  await it.until(
    'the crasher to be given up',
    () => it.log().length >= 0 && it.cli('events', '--json').stdout.includes('circuit-opened'),
  );
  await it.until('the talker to serve', () => it.cli('routes').stdout.includes('talker'));
  await it.client().send('POST', '/api/heartbeats', {
    ...{ subsystem: 'talker', status: 'warn', details: `I have ${CANARIES.vault}` },
    calls: [{ signature: `use ${CANARIES.vault}`, times: 50 }],
  });
  const answered = await call(it, {}, 'talk');
  expect(JSON.stringify(answered)).toContain('<secret>');
  writeFileSync(join(it.folder, 'sour'), '');
  await it.until('the talker to be sick', () => it.cli('events', '--json').stdout.includes('answered 500'));
  const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
  const pid = agents.find(({ name }) => name === 'keeper')?.pid;
  // A refusal must not repeat what was sent.
  const refusal = await it
    .client()
    .send('PUT', '/api/vault/token', { value: [CANARIES.vault] })
    .catch((thrown: unknown) => String(thrown));
  const places = new Map<string, Buffer | string>([
    ...(await readEverything(it)),
    ...filesBelow(it.stateDir),
    ['output of the daemon', it.log()],
    ['refusal', JSON.stringify(refusal)],
    ['call that failed', JSON.stringify(answered)],
    ['describe', it.cli('describe', 'keeper').stdout],
    ['secrets', it.cli('secrets', '--json').stdout],
    ['arguments of the daemon', readFileSync(`/proc/${it.pid()}/cmdline`)],
    ['arguments of the keeper', readFileSync(`/proc/${pid}/cmdline`)],
  ]);
  expect(places.size).toBeGreaterThan(30);
  const found = [...places].flatMap(([place, content]) =>
    // What an agent prints or reports itself is its own: it is cleaned when it is shown, not where it is kept.
    ['logs', 'reports'].some((kept) => place.startsWith(join(it.stateDir, kept)))
      ? []
      : Object.values(CANARIES).flatMap((canary) =>
          formsOf(canary).some((form) => content.includes(form)) ? [`${canary} in ${place}`] : [],
        ),
  );
  expect(found).toEqual([]);
  // Core dumps of the daemon and of what it starts hold no memory.
  for (const one of [it.pid(), pid])
    expect(Number.parseInt(readFileSync(`/proc/${one}/coredump_filter`, 'utf8'), 16)).toBe(0);
});

test('rotation: restart, signal and none do what they say, and a signal that ended the agent is told as a failure', async () => {
  const bound = (more: object) => [
    { type: 'secrets', config: { KEY: { from: 'vault', key: 'token', ...more } } },
  ];
  const onSignal = 'trap \'cat "$KEY" > told\' HUP; while :; do sleep 0.05; done';
  const it = prepareDaemon({
    agents: {
      restarts: { runtime: 'custom', command: ['sleep', '1000'], bindings: bound({}) },
      listens: {
        runtime: 'custom',
        command: ['sh', '-c', onSignal],
        bindings: bound({ as: 'file', onChange: 'signal:HUP' }),
      },
      deaf: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        bindings: bound({ as: 'file', onChange: 'signal:USR1' }),
      },
      stays: { runtime: 'custom', command: ['sleep', '1000'], bindings: bound({ onChange: 'none' }) },
    },
  });
  daemon = it;
  await it.up();
  const set = async (value: string) => {
    const answer = await it
      .client()
      .send<{ version: number; outcomes: ReactionOutcome[] }>('PUT', '/api/vault/token', { value });
    return { ...answer, by: new Map(answer.outcomes.map((outcome) => [outcome.agent, outcome])) };
  };
  const pids = async () =>
    new Map(
      (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents.map(({ name, pid }) => [name, pid]),
    );
  const first = await set('value-number-one');
  expect([first.version, ...first.outcomes.map(({ action, ok }) => `${action} ${ok}`)]).toEqual([
    1,
    ...['start true', 'start true', 'start true', 'start true'],
  ]);
  const before = await pids();
  // A shell that is hit before it has set its trap would be ended: it is asked first.
  await it.until(
    'the trap',
    () =>
      readFileSync(`/proc/${before.get('listens')}/status`, 'utf8').match(/SigCgt:\s+0*[1-9a-f]/) !== null,
  );
  const second = await set('value-number-two');
  const after = await pids();
  expect(second.by.get('restarts')).toMatchObject({ action: 'restart', ok: true });
  expect(after.get('restarts')).not.toBe(before.get('restarts'));
  expect(second.by.get('listens')).toMatchObject({ action: 'signal', ok: true });
  expect(after.get('listens')).toBe(before.get('listens'));
  await it.until(
    'the agent to have read it',
    () =>
      existsSync(join(it.folder, 'told')) &&
      readFileSync(join(it.folder, 'told'), 'utf8') === 'value-number-two',
  );
  expect(second.by.get('deaf')).toMatchObject({ action: 'signal', ok: false });
  expect(second.by.get('stays')).toMatchObject({ action: 'none', ok: true });
  expect(after.get('stays')).toBe(before.get('stays'));
  const back = it.cli('secrets', 'rollback', 'token', '1', '--json');
  expect(JSON.parse(back.stdout)).toMatchObject({ key: 'token', version: 3 });
  expect(it.cli('secrets', 'versions', 'token').stdout.trim().split('\n')).toHaveLength(3);
  expect(it.cli('bindings', 'rotate', 'restarts').stdout).toContain('restarts: restart');
  expect(it.cli('secrets', 'delete', 'token').stdout).toContain(
    'bound to it: restarts, listens, deaf, stays',
  );
  expect(it.cli('secrets', 'versions', 'token').status).toBe(1);
  const memory = `/dev/shm/dreamnet-${readFileSync(join(it.stateDir, 'instance'), 'utf8').trim()}`;
  await it.client().send('POST', '/api/agents/listens/stop');
  expect(existsSync(join(memory, 'listens'))).toBe(false);
});

test('linker faces: descriptors, changes with who and what before, the capability map, bindings made by hand', async () => {
  const config = (level: string) => ({
    version: 1,
    agents: {
      a: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        protocol: 'http',
        endpoint: 'http://127.0.0.1:1',
        env: { LEVEL: level },
        capabilities: ['code.review'],
      },
    },
  });
  const it = prepareDaemon(config('low'));
  daemon = it;
  await it.up();
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify(config('high')));
  const get = <T>(path: string) => it.client('viewer').get<T>(path);
  const changes = async () => (await get<{ changes: RecordedChange[] }>('/api/processes/a/changes')).changes;
  await it.until('the change', async () => (await changes()).length === 2);
  expect((await changes())[1]?.fields).toEqual([
    { path: 'runtimeContext.env.LEVEL', before: 'low', after: 'high' },
  ]);
  expect(await get('/api/processes')).toMatchObject({ processes: [{ id: 'a', type: 'agent' }] });
  expect(await get('/api/processes/a')).toMatchObject({ runtimeContext: { env: { LEVEL: 'high' } } });
  expect(await get('/api/capabilities')).toMatchObject({ mappings: { 'code.review': ['a'] } });
  expect(await get('/api/capabilities/code.review.deep')).toMatchObject({ providers: ['a'] });
  const bound = it.cli('bindings', 'add', 'a', 'secrets', '{"K":{"from":"vault","key":"k"}}', '--json');
  const { binding } = JSON.parse(bound.stdout) as { binding: { id: string } };
  // A taken over file leaves it alone, and so does a new daemon.
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify(config('low')));
  await it.until('the change', async () => (await changes()).length === 4);
  await it.kill('SIGKILL');
  await it.up();
  expect((await get<{ bindings: { id: string }[] }>('/api/bindings')).bindings).toMatchObject([
    { id: binding.id },
  ]);
  expect(it.cli('bindings', 'remove', binding.id).stdout).toContain('taken back');
  expect(it.cli('bindings', 'remove', binding.id).stderr).toContain('DN_API_NOT_FOUND');
  expect(it.cli('bindings', 'add', 'a', 'secrets', '{"K":"sk-canary"}').stderr).not.toContain('sk-canary');
  const text = it.cli('describe', 'a', '--changes').stdout;
  expect(text).toContain('updated a by');
  expect(text).toContain('runtimeContext.env.LEVEL: "low" → "high"');
  expect(text).toContain(`unbound ${binding.id} by admin`);
  await expect(get('/api/processes/nobody/changes')).rejects.toMatchObject({ code: 'DN_API_NOT_FOUND' });
});

test('bound files: a change restarts or signals as the binding says, one that changes nothing does not', async () => {
  const reads = "trap 'cat settings.json > told' HUP; while :; do sleep 0.05; done";
  const it = prepareDaemon({
    agents: {
      restarts: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        bindings: [{ type: 'files', config: { path: 'settings.json', onChange: 'restart' } }],
      },
      listens: {
        runtime: 'custom',
        command: ['sh', '-c', reads],
        bindings: [{ type: 'files', config: { path: 'settings.json', onChange: 'signal:HUP' } }],
      },
      ignores: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        bindings: [{ type: 'files', config: { path: 'settings.json' } }],
      },
      ofFile: {
        runtime: 'custom',
        command: ['sleep', '1000'],
        bindings: [
          { type: 'secrets', config: { KEY: { from: 'file', path: 'key.txt', onChange: 'restart' } } },
        ],
      },
    },
  });
  daemon = it;
  const settings = join(it.folder, 'settings.json');
  const key = join(it.folder, 'key.txt');
  writeFileSync(settings, 'one');
  writeFileSync(key, 'one-two-three');
  await it.up();
  const pids = async () =>
    Object.fromEntries(
      (await it.client().get<{ agents: PsEntry[] }>('/api/ps')).agents.map(({ name, pid }) => [name, pid]),
    );
  const before = await pids();
  await it.until('the trap', () => isTrapSet(before.listens));
  // As editors do it: a new file in the old one's place.
  writeFileSync(`${settings}.new`, 'two');
  renameSync(`${settings}.new`, settings);
  await it.until('the restart', async () => {
    const { restarts } = await pids();
    return restarts !== before.restarts && typeof restarts === 'number';
  });
  await it.until('the signal to be heard', () => existsSync(join(it.folder, 'told')));
  const after = await pids();
  expect([after.listens, after.ignores, after.ofFile]).toEqual([
    before.listens,
    before.ignores,
    before.ofFile,
  ]);
  // Written again with what it holds already, then the other file: whoever reacts to the first would have by then.
  writeFileSync(settings, 'two');
  writeFileSync(key, 'four-five-six');
  await it.until('the restart', async () => {
    const { ofFile } = await pids();
    return ofFile !== before.ofFile && typeof ofFile === 'number';
  });
  expect((await pids()).restarts).toBe(after.restarts);
});

/** Does the shell handle a signal yet? One that is hit before is ended. */
function isTrapSet(pid: number | null | undefined): boolean {
  return /SigCgt:\s+0*[1-9a-f]/.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}
