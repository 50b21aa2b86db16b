import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

const ADDRESS = 'http://user:hunter2pw@host/mcp';

test.each([
  ['.mcp.json', JSON.stringify({ mcpServers: { far: { url: ADDRESS } } })],
  [
    'mcp.json',
    JSON.stringify({ mcpServers: { a: { command: 'sh', args: ['--url', ADDRESS, `x=${ADDRESS}`] } } }),
  ],
  [
    'env.json',
    JSON.stringify({ mcpServers: { a: { command: 'sh', env: { WHERE: `--to ${ADDRESS},${ADDRESS}` } } } }),
  ],
  [
    'ecosystem.json',
    JSON.stringify({ apps: [{ script: 'sleep', args: `--url ${ADDRESS}`, env: { LIST: [ADDRESS] } }] }),
  ],
  ['Procfile', `web: sh run.sh ${ADDRESS}\nrelease: sh migrate ${ADDRESS}`],
  [
    'supervisord.conf',
    `[program:a]\ncommand=sh run.sh ${ADDRESS} %(ENV_HOME)s\nenvironment=WHERE="${ADDRESS}"`,
  ],
  [
    'compose.yaml',
    `services: { a: { command: 'sh run.sh ${ADDRESS} $HOME', healthcheck: { test: 'curl ${ADDRESS}' } }, b: { image: '${ADDRESS}' } }`,
  ],
  ['default.yaml', `services: { a: { command: 'sh run.sh "\${WHERE:-${ADDRESS}}"' } }`],
])('secrets: a password within an address is copied from nowhere in a %s', (name, text) => {
  const written = roundTrip({ [name]: text }).text;
  expect(written).not.toContain('hunter2pw');
  expect(written).toMatch(/# .*password/);
});

test('secrets: an address without a password, or with a placeholder for one, stands as it is', () => {
  const { fleet, text } = roundTrip({
    Procfile: `web: sh run.sh http://host:80/@scope/x http://me@host/ postgres://me:$PASS@host/db`,
  });
  expect(fleet.agents.web?.command[2]).toBe(
    'sh run.sh http://host:80/@scope/x http://me@host/ postgres://me:$PASS@host/db',
  );
  expect(text).not.toMatch(/# .*password/);
});

test('secrets: a subsystem is watched at its address without the password, and the comment says so', () => {
  const { fleet, text } = roundTrip({
    '.mcp.json': JSON.stringify({ mcpServers: { far: { url: ADDRESS } } }),
  });
  expect(fleet.subsystems.far?.probe).toMatchObject({ mcp: { url: 'http://host/mcp' } });
  expect(text).toContain('# its address had a password in it, which is not copied: the probe sends none\n');
});

test('secrets: an assignment before a command, whose name says what it is, comes from the vault', () => {
  const { fleet, text } = roundTrip({
    Procfile: [
      'web: API_TOKEN=abcdef123 sh ./run',
      `two: LEVEL=3 API_TOKEN='abc def' PGPASSWORD="abc$X" sh ./run | cat`,
      'three: export SECRET_KEY_BASE=abcdef123 && env API_TOKEN=abcdef123 sh ./run',
      'four: API_TOKEN="$OTHER" DB_PASSWORD=$(cat /run/password) sh ./run',
      `five: API_TOKEN=\${OTHER:-abcdef123} sh ./run`,
      'six: DATABASE_URL=postgres://me:abcdef123@host/db sh ./run',
    ].join('\n'),
  });
  expect(text).not.toMatch(/abcdef123|abc def|abc\$X/);
  const { web, two, three, four, five, six } = fleet.agents;
  const vault = (...keys: string[]) => [
    { config: Object.fromEntries(keys.map((key) => [key.split('.')[1], { from: 'vault', key }])) },
  ];
  expect(web).toMatchObject({ command: ['sh', './run'], bindings: vault('web.API_TOKEN') });
  expect(two).toMatchObject({
    command: ['sh', '-c', 'LEVEL=3 sh ./run | cat'],
    bindings: vault('two.API_TOKEN', 'two.PGPASSWORD'),
  });
  expect(three).toMatchObject({
    command: ['sh', '-c', 'export SECRET_KEY_BASE="$SECRET_KEY_BASE" && env API_TOKEN="$API_TOKEN" sh ./run'],
    bindings: vault('three.SECRET_KEY_BASE', 'three.API_TOKEN'),
  });
  expect(four).toMatchObject({
    command: ['sh', '-c', 'API_TOKEN="$OTHER" DB_PASSWORD=$(cat /run/password) sh ./run'],
    bindings: [],
  });
  expect(five).toMatchObject({ command: ['sh', './run'], bindings: vault('five.API_TOKEN') });
  expect(six).toMatchObject({ command: ['sh', './run'], bindings: vault('six.DATABASE_URL') });
  expect(text).toContain(
    '# API_TOKEN looks like a secret: its value was not copied; put it into the vault as web.API_TOKEN',
  );
});

test('secrets: what env gives to a command is taken like variables', () => {
  const { fleet, text } = roundTrip(
    {
      '.mcp.json': JSON.stringify({
        mcpServers: { a: { command: 'env', args: ['API_TOKEN=abcdef123', 'LEVEL=3', 'sh', 'X_TOKEN=y'] } },
      }),
      'supervisord.conf': '[program:b]\ncommand=/usr/bin/env API_TOKEN=abcdef123 sh ./run',
    },
    { areAllImported: true },
  );
  expect(fleet.agents.a).toMatchObject({ command: ['sh', 'X_TOKEN=y'], env: { LEVEL: '3' } });
  expect(fleet.agents.b).toMatchObject({ command: ['sh', './run'] });
  expect(text).not.toContain('abcdef123');
});

test('secrets: a line whose secrets are bound still does what it did', () => {
  const { fleet } = roundTrip({
    Procfile: `web: export A_TOKEN='a  b' && B=1 C_KEY=c sh -c 'echo "$A_TOKEN $B $C_KEY"'`,
  });
  const [program = '', ...words] = fleet.agents.web?.command ?? [];
  const env = { PATH: process.env.PATH, A_TOKEN: 'a  b', C_KEY: 'c' };
  expect(spawnSync(program, words, { env, encoding: 'utf8' }).stdout).toBe('a  b 1 c\n');
});
