import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

const PATH = process.env.PATH;
const mcp = (server: object) => roundTrip({ '.mcp.json': JSON.stringify({ mcpServers: { a: server } }) });

/** What a command prints with these variables and no others. */
function printed(command: readonly string[] | undefined, env: Record<string, string>): string {
  const [program = '', ...words] = command ?? [];
  return spawnSync(program, words, { env: { PATH, ...env }, encoding: 'utf8' }).stdout;
}

test('MCP: a variable within the arguments is bound, and a shell puts it there', () => {
  const { fleet, text } = mcp({
    command: 'echo',
    args: ['--to', `\${env:WHERE}/x`, `\${LEVEL:-a  b}`, '$HOME', `\${userHome}`],
  });
  expect(fleet.agents.a?.bindings).toMatchObject([{ config: { WHERE: { from: 'env', name: 'WHERE' } } }]);
  expect(printed(fleet.agents.a?.command, { WHERE: 'a  b', HOME: '/h' })).toBe('--to a  b/x a  b $HOME /h\n');
  expect(text).toContain(
    '# the command has its default here: LEVEL in the environment of the daemon is not asked',
  );
});

test('MCP: a secret does not become an argument: it is bound, and left out with its option', () => {
  const { fleet, text } = mcp({
    command: 'sh',
    args: [
      'run.sh',
      '--api-key',
      `\${API_KEY}`,
      `--token=\${env:FOO_TOKEN}`,
      '-v',
      `\${DB_PASSWORD:-hunter2}`,
      `\${input:my-word}`,
    ],
  });
  expect(fleet.agents.a).toMatchObject({
    command: ['sh', 'run.sh'],
    bindings: [
      {
        config: {
          API_KEY: { from: 'env', name: 'API_KEY' },
          FOO_TOKEN: { from: 'env', name: 'FOO_TOKEN' },
          DB_PASSWORD: { from: 'env', name: 'DB_PASSWORD' },
          MY_WORD: { from: 'vault', key: 'a.MY_WORD' },
        },
      },
    ],
  });
  expect(text).toContain(
    '# left out of the command: --api-key with API_KEY; a secret is no argument, which everybody on the machine can read; it has the variable API_KEY',
  );
  expect(text).toContain('# left out of the command: --token with FOO_TOKEN;');
  expect(text).not.toContain('hunter2');
});

test('a variable with a text around a placeholder is put together by a shell, of what the daemon has', () => {
  const { fleet } = roundTrip(
    {
      'supervisord.conf': `
[program:a]
command=sh -c 'echo $PATH $PRICE'
environment=PATH="/x y:%(ENV_PATH)s",PRICE="$5 \${HOME}"
`,
      '.mcp.json': JSON.stringify({
        mcpServers: {
          b: {
            command: 'printenv',
            args: ['URL'],
            env: { URL: `http://me:\${DB_PASSWORD}@\${HOST:-here}/"x'` },
          },
        },
      }),
    },
    { areAllImported: true },
  );
  const { a, b } = fleet.agents;
  expect(a?.env).toEqual({ PRICE: `$5 \${HOME}` });
  expect(a?.bindings).toEqual([]);
  expect(printed(a?.command, { PRICE: a?.env.PRICE ?? '' })).toBe(`/x y:${PATH} $5 \${HOME}\n`);
  expect(b?.bindings).toMatchObject([{ config: { DB_PASSWORD: { from: 'env', name: 'DB_PASSWORD' } } }]);
  expect(printed(b?.command, { DB_PASSWORD: 'p w' })).toBe(`http://me:p w@here/"x'\n`);
});

test('supervisord: a folder that the environment would tell is named, and not taken by its letters', () => {
  const { fleet, text } = roundTrip({
    'supervisord.conf': '[program:a]\ncommand=sleep 1\ndirectory=%(ENV_HOME)s/x',
  });
  expect(fleet.agents.a).not.toHaveProperty('cwd');
  expect(text).toContain(`# not carried over: directory \${HOME}/x; what HOME is there is not known here`);
});
