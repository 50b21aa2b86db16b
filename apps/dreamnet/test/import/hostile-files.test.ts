import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { fleetSchema } from '../../src/config/schema.js';
import { parseYamlSource } from '../../src/config/source.js';
import { readForeignFile } from '../../src/import/read-file.js';
import { writeFleet } from '../../src/import/write-fleet.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Imports one file; whatever it is, what is written is a fleet file. */
function importText(name: string, text: string | Buffer): { text: string; agents: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-hostile-'));
  folders.push(folder);
  const path = join(folder, name);
  writeFileSync(path, text);
  const imported = readForeignFile(path, { isExecuted: false, variables: {} });
  const written = writeFleet([{ path, imported }], folder);
  const outcome = fleetSchema.safeParse(parseYamlSource('dreamnet.yaml', written.text).value);
  expect(outcome.error?.issues ?? []).toEqual([]);
  return written;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const numbers = upTo(10_000);
const mapUpTo = (count: number) =>
  Object.fromEntries(upTo(count).map((index) => [`s ${index}`, { command: 'x' }]));
const SAMPLES: Record<string, string> = {
  Procfile: 'web: node server.js --port $PORT\nworker: python3 -c "print(\'a: b\')"\n',
  'supervisord.conf':
    '[program:api]\ncommand=/bin/api --x="%(ENV_HOME)s" ; a comment\nenvironment=A="1",B=\'two, 2\'\nstopwaitsecs=5\n',
  'ecosystem.json':
    '{"apps": [{"name": "a", "script": "./a.js", "args": "-x \\"y z\\"", "env": {"N": 1}, "max_memory_restart": "200M"}]}',
  'pm2.yaml':
    'apps:\n  - script: worker.py\n    name: w\n    env:\n      LEVEL: low\n    kill_timeout: 3000\n',
  'compose.yaml':
    'services:\n  web:\n    command: ["./web", "--x"]\n    environment: [A=1, B]\n    restart: always\n    mem_limit: 64m\n    depends_on: {db: {}}\n  db:\n    image: postgres\n',
  '.mcp.json':
    '{"mcpServers": {"files": {"command": "npx", "args": ["-y", "x"], "env": {"API_KEY": "k"}}, "far": {"url": "https://x/mcp"}}}',
};

test.each(Object.entries(SAMPLES))(
  'hostile: %s broken in two hundred ways is a coded error or a fleet file',
  (name, text) => {
    let seed = 7;
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % limit;
    };
    const pieces = [
      '\0',
      '"',
      "'",
      '{',
      ']',
      '\\',
      '\n',
      '\t',
      ': ',
      '#',
      '$',
      '${',
      '%(',
      '%%',
      '\ud800',
      '-1',
      '1e99',
      '=',
      '&a',
      '*a',
      '<<',
    ];
    const codes = new Set<string>();
    for (let turn = 0; turn < 200; turn += 1) {
      let broken = text;
      for (let hits = random(3) + 1; hits > 0; hits -= 1) {
        const at = random(broken.length + 1);
        broken = broken.slice(0, at) + pieces[random(pieces.length)] + broken.slice(at + random(4));
      }
      try {
        importText(name, broken);
      } catch (thrown) {
        if (!DreamnetError.is(thrown)) throw thrown;
        codes.add(thrown.code);
      }
    }
    expect([...codes].filter((code) => !/^DN_(IMPORT|CONFIG)_/.test(code))).toEqual([]);
  },
);

test.each([
  ['Procfile', numbers.map((index) => `worker: sleep ${index}`).join('\n'), 10_000],
  ['ecosystem.json', JSON.stringify({ apps: numbers.map(() => ({ script: 'server.js' })) }), 10_000],
  [
    'supervisord.conf',
    upTo(1000)
      .map((index) => `[program:p${index}]\ncommand=sleep ${index}`)
      .join('\n'),
    1000,
  ],
  ['compose.json', JSON.stringify({ services: mapUpTo(1000) }), 1000],
  ['.mcp.json', JSON.stringify({ mcpServers: mapUpTo(1000) }), 1000],
])(
  'hostile: %s with thousands of entries becomes as many agents, each by a name of its own',
  (name, text, count) => {
    expect(new Set(importText(name, text).agents).size).toBe(count);
  },
  60_000,
);

test('hostile: what a fleet file does not take is left out by name, and the rest of the agent is kept', () => {
  const { text, agents } = importText(
    'ecosystem.json',
    JSON.stringify({
      apps: [
        {
          name: 'a',
          script: 'a',
          max_memory_restart: '1K',
          max_restarts: 1.5,
          kill_timeout: 1e15,
          env: { OK: 'x', BAD: 'a\0b' },
        },
        { name: 'a', script: 'npm run start' },
        { name: 'nothing' },
      ],
    }),
  );
  expect(agents).toEqual(['a', 'a-2']);
  expect(text).toMatch(/not carried over: resources\.memory: expected at least 1MiB/);
  expect(text).toMatch(/not carried over: restart\.intensity/);
  expect(text).toMatch(/not carried over: stop/);
  expect(text).toMatch(/OK: x/);
  expect(text).toMatch(/command: \[ npm, run, start \]/);
  expect(text).toMatch(/the app 'nothing' has no script: left out/);
});

test('hostile: names of an object’s own powers are names like others', () => {
  const { agents } = importText(
    'compose.json',
    '{"services": {"constructor": {"command": "x", "restart": "constructor"}, "toString": {"command": "sh -c $toString"}}}',
  );
  expect(agents).toEqual(['constructor', 'toString']);
});

test('hostile: a line or a quote of a megabyte does not hold the program', () => {
  const long = 'a'.repeat(1_000_000);
  importText(
    'supervisord.conf',
    `[program:a]\ncommand=x\nenvironment=${long}\n${long}${' '.repeat(1_000_000)}x\n`,
  );
  importText('Procfile', `web: echo "${long}\nname ${long}`);
  expect(() => importText('ecosystem.json', `{"apps": "${long}`)).toThrow(/ecosystem\.json/);
});

test.each(['${A:-', '${', '$', '$$', '\\\\a', '$A', "'a'", `\${A:-}`])(
  'hostile: a command that says %s many thousand times does not hold the program',
  (piece) => {
    const many = piece.repeat(200_000 / piece.length);
    importText(
      'compose.json',
      `{"services": {"a": {"command": "x ${many}", "environment": {"A": "${many}"}}}}`,
    );
  },
);

test('hostile: what is no file, and what is far too large, is refused by name', () => {
  const refuse = (path: string) => () => readForeignFile(path, { isExecuted: false, variables: {} });
  expect(refuse('/dev/zero')).toThrow(/it is not a file/);
  expect(refuse(tmpdir())).toThrow(/it is not a file/);
  expect(() => importText('Procfile', Buffer.alloc(17 * 1024 * 1024, 'a: b\n'))).toThrow(/it is larger than/);
});

test.each([
  ['services: &a\n  x: { command: sleep 1 }\n  y: *a\n', '3:6'],
  ['services:\n  x: &a { command: [sleep, *a] }\n', '2:28'],
  ['services:\n  x: &a\n    command: sleep 1\n    <<: *a\n', '4:9'],
])('hostile: an alias to what it stands in is refused with its place: %j', (text, place) => {
  expect(() => importText('compose.yaml', text)).toThrow(
    new RegExp(`compose\\.yaml:${place}: .*'a' contains itself`),
  );
});

test('hostile: an alias to what has ended is none to itself, although its name is used again', () => {
  const { agents } = importText(
    'compose.yaml',
    'services:\n  x: &a\n    command: &a [sleep, "1"]\n    entrypoint: *a\n  y: { command: *a }\n',
  );
  expect(agents).toEqual(['x', 'y']);
});

/** What each of these patterns cost was the square of their number: seconds for some hundred kilobytes. */
const MANY = 50_000;
test.each([
  ['supervisord.conf', (piece: string) => `[program:a]\ncommand=x\nenvironment=A="${piece}"\n`],
  ['supervisord.conf', (piece: string) => `[program:a]\ncommand=x ${piece}\nenvironment=${piece}\n`],
  ['Procfile', (piece: string) => `web: x ${piece}\nrelease: ${piece}`],
  [
    'ecosystem.json',
    (piece: string) => JSON.stringify({ apps: [{ script: 'x', args: [piece], env: { A: piece } }] }),
  ],
  [
    '.mcp.json',
    (piece: string) =>
      `{ "mcpServers": { "a": { "command": "x", "env": { "A": ${JSON.stringify(piece)} } } } } /*${piece}`,
  ],
  [
    '.mcp.json',
    (piece: string) =>
      JSON.stringify({
        mcpServers: { a: { url: `https://x/?${piece}` }, b: { command: 'x', args: [piece] } },
      }),
  ],
  [
    'compose.yaml',
    (piece: string) =>
      JSON.stringify({
        services: { [`a${piece}b`]: { command: ['x', piece], environment: [`A=${piece}`] } },
      }),
  ],
])(
  'hostile: %s with fifty thousand beginnings of something is read in the time of one reading',
  (name, textOf) => {
    for (const piece of ['%(', 'A="', '${', '${A:-', '/* ', '?key', '://a:', '-_', "'A=", 'A=$(', '\\"'])
      importText(name, textOf(piece.repeat(MANY)));
  },
  60_000,
);

test('hostile: a line of ten megabytes is a coded error, or left out', () => {
  for (const piece of ['x', '\\"', 'A=']) {
    const long = piece.repeat(10_000_000 / piece.length);
    for (const [name, text] of [
      ['Procfile', `web: x "${long}"`],
      ['supervisord.conf', `[program:a]\ncommand=x "${long}"\nenvironment=A="${long}"`],
      ['ecosystem.json', JSON.stringify({ apps: [{ script: `x "${long}"`, args: `"${long}"` }] })],
      ['.mcp.json', `// comment\n{ "mcpServers": { "a": { "command": ${JSON.stringify(long)}, } } }`],
      ['compose.yaml', JSON.stringify({ services: { a: { command: `x "${long}"` } } })],
    ] as const)
      try {
        importText(name, text);
      } catch (thrown) {
        expect((thrown as DreamnetError).code).toMatch(/^DN_(IMPORT|CONFIG)_/);
      }
  }
}, 60_000);
