import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

// Habits of files in public repositories, each of which was lost or misunderstood once.

test('compose: replicas of what publishes no port, doubled dollars, and what else a file has, is taken or named', () => {
  const { text, fleet } = roundTrip({
    'docker-compose.yml': `
version: '3.9'
x-common: &common
  deploy: { replicas: 3, restart_policy: { condition: any }, resources: { reservations: { cpus: '0.1' } } }
services:
  worker: { <<: *common, command: sleep 10, environment: { PRICE: $$5 } }
  web: { <<: *common, command: sleep 11, ports: ['80:80'], environment: ['PRICE=$$6'] }
  more: { command: sleep 12, scale: 2 }
volumes: { data: {} }
secrets: { key: { file: k } }
`,
  });
  expect(fleet.agents.worker).toMatchObject({
    replicas: 3,
    env: { PRICE: '$5' },
    restart: { policy: 'permanent' },
  });
  expect(fleet.agents.web).toMatchObject({ env: { PRICE: '$6' } });
  expect(fleet.agents.web?.replicas).toBeUndefined();
  expect(fleet.agents.more?.replicas).toBe(2);
  expect(text).toContain('# not carried over: volumes, secrets\n');
  expect(text).toContain('# not carried over: 3 replicas; each needs a port of its own ({port})');
  expect(text).toContain('# not carried over: deploy.resources.reservations');
});

/** What a shell prints that runs the command of the only agent, in this environment alone. */
function printed(services: string, env: Record<string, string>): string {
  const { fleet } = roundTrip({ 'compose.yaml': `services:\n  a: ${services}\n` });
  const [program = '', ...words] = fleet.agents.a?.command ?? [];
  return spawnSync(program, words, { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' }).stdout;
}

test('compose: a doubled dollar is the program’s own, never a variable to be bound', () => {
  const { text, fleet } = roundTrip({
    'compose.yaml': `
services:
  text: { command: "sh -c 'echo \\"home=$$HOME\\" && for i in 1 2; do echo \\"n=$$i\\"; done; sleep 1000'" }
  list: { command: [sh, -c, 'echo $$i'], environment: { PRICE: '$\${FIVE}' } }
`,
  });
  expect(fleet.agents.text).toMatchObject({
    command: ['sh', '-c', 'echo "home=$HOME" && for i in 1 2; do echo "n=$i"; done; sleep 1000'],
    bindings: [],
  });
  expect(fleet.agents.list).toMatchObject({
    command: ['sh', '-c', 'echo $i'],
    env: { PRICE: `\${FIVE}` },
    bindings: [],
  });
  expect(text).not.toContain('in the environment of the daemon');
});

test('compose: what it filled into a command is filled in within quotes, too, and nothing else is', () => {
  const env = { X: "it's  x", HOME: '/root' };
  expect(printed(`{ command: "sh -c 'echo \\"$$HOME\\" \${Y-$$1}' \\"a|b $X\\" ;" }`, env)).toBe('/root ;\n');
  expect(printed(`{ command: "echo 'in $X' \\"$X\\" $X a|b \\\\; $$X" }`, env)).toBe(
    "in it's  x it's  x it's x a|b ; $X\n",
  );
  expect(printed(`{ command: [echo, "$X", "\${Y:-two  words}", '"\`$$X', ''] }`, env)).toBe(
    'it\'s  x two  words "`$X \n',
  );
  expect(printed(`{ entrypoint: echo "a  b", command: 'c$X"d"' }`, { X: 'x' })).toBe('a  b cxd\n');
});

test('compose: what a command cannot do without is bound, what has a default is named', () => {
  const { text, fleet } = roundTrip({
    'compose.yaml': `
services:
  a: { command: "sh -c 'echo \\"$$HOME\\" \${X?err} \${Y:-\${Z}} \${W:+more}'" }
`,
  });
  expect(fleet.agents.a?.bindings).toMatchObject([
    { config: { X: { from: 'env', name: 'X' }, Z: { from: 'env', name: 'Z' } } },
  ]);
  expect(text).toContain('# Y is not set here: the command takes its default');
  expect(text).toContain('# W is not set here');
});

test('compose: defaults of variables stand in the fleet file, and a comment says what is no longer asked', () => {
  const { text, fleet } = roundTrip({
    'compose.yaml': `
services:
  a:
    command: sleep 10
    environment:
      - V=\${FOO:-bar}
      - W=\${FOO2-baz}
      - U=\${FOO3}
      - T=$FOO4
      - S=http://\${HOST:-localhost}:80/
      - API_KEY=\${API_KEY:-hunter2}
      - R=\${FOO5:-\${FOO6}}
`,
  });
  expect(fleet.agents.a?.env).toEqual({ V: 'bar', W: 'baz', S: 'http://localhost:80/' });
  expect(fleet.agents.a?.bindings).toMatchObject([
    {
      config: { U: { name: 'FOO3' }, T: { name: 'FOO4' }, API_KEY: { name: 'API_KEY' }, R: { name: 'FOO5' } },
    },
  ]);
  expect(text).toContain('# V has its default here: FOO in the environment of the daemon is not asked');
  expect(text).toContain('# S has its default here: HOST in');
  expect(text).toContain(
    '# API_KEY comes from API_KEY in the environment of the daemon; its default is not carried over',
  );
  expect(text).not.toContain('hunter2');
});

test('compose: limits, health checks and other settings have the defaults of their variables, and comments say so', () => {
  const { text, fleet } = roundTrip({
    'compose.yaml': `
services:
  a:
    command: sleep 10
    restart: \${RESTART:-on-failure}
    stop_grace_period: \${GRACE-20s}
    stop_signal: \${SIGNAL:-SIGQUIT}
    mem_limit: \${MEMORY:-64m}
    cpus: \${CPUS:-0.5}
    pids_limit: \${PIDS-100}
    healthcheck: { test: 'curl "http://localhost:\${PORT:-80}/$$HOME"', interval: '\${EVERY:-7s}', retries: '\${RETRIES:-4}' }
  b:
    command: sleep 11
    deploy: { replicas: '\${COUNT:-2}', resources: { limits: { memory: '\${MEMORY:-\${OTHER:-1g}}' } } }
    healthcheck: { test: [CMD, test, -f, '\${FOLDER:-/tmp}/$$up'], disable: '\${OFF:-false}' }
`,
  });
  expect(fleet.agents.a).toMatchObject({
    restart: { policy: 'transient' },
    stop: { deadline: 20_000, signal: 'SIGQUIT' },
    resources: { memory: 64 * 1024 ** 2, cpu: 0.5, pids: 100 },
    health: {
      readiness: { every: 7000, fall: 4 },
      probe: { exec: ['sh', '-c', 'curl "http://localhost:80/$HOME"'] },
    },
  });
  expect(fleet.agents.b).toMatchObject({
    replicas: 2,
    resources: { memory: 1024 ** 3 },
    health: { probe: { exec: ['test', '-f', '/tmp/$up'] } },
  });
  expect(text).toContain('# mem_limit has its default here: MEMORY is not asked');
  expect(text).toContain('# healthcheck.test has its default here: PORT is not asked');
  expect(text).toContain('# deploy.resources.limits.memory has its default here: OTHER is not asked');
});

test('compose: a setting that is a variable without a default is left out by name, and the rest is taken', () => {
  const { text, fleet } = roundTrip({
    'compose.yaml': `
services:
  a:
    command: sleep 10
    mem_limit: \${MEMORY}
    cpus: \${CPUS:?say how many}
    pids_limit: 50
    stop_signal: $SIGNAL
    healthcheck: { test: [CMD, curl, 'http://localhost:$PORT/'], interval: 5s }
`,
  });
  expect(fleet.agents.a?.resources).toEqual({ pids: 50 });
  expect(fleet.agents.a?.health?.probe).toBeUndefined();
  for (const [place, name] of [
    ['mem_limit', 'MEMORY'],
    ['cpus', 'CPUS'],
    ['stop_signal', 'SIGNAL'],
    ['healthcheck.test', 'PORT'],
  ])
    expect(text).toContain(`# not carried over: ${place}; ${name} has no default there\n`);
});

test('secrets: a password within an address is not copied, a placeholder for one is', () => {
  const { text, fleet } = roundTrip({
    'docker-compose.yml': `
services:
  api:
    command: sleep 10
    environment:
      - DATABASE_URL=postgresql://api:hunter2@db:5432/api
      - BROKER=amqp://guest:\${RABBIT}@mq//
      - CACHE=redis://cache:6379/0
`,
  });
  expect(text).not.toContain('hunter2');
  expect(fleet.agents.api).toMatchObject({
    command: ['sh', '-c', `export BROKER="amqp://guest:\${RABBIT}@mq//"; exec "$0" "$@"`, 'sleep', '10'],
    env: { CACHE: 'redis://cache:6379/0' },
  });
  expect(fleet.agents.api?.bindings).toMatchObject([
    { config: { RABBIT: { from: 'env' }, DATABASE_URL: { from: 'vault' } } },
  ]);
  expect(text).toContain('DATABASE_URL has a password in it');
});

test('supervisord: several processes are replicas unless each is told its number; autostart and user are named', () => {
  const { text, fleet } = roundTrip({
    'celery.conf': `
[program:worker]
command=sleep 10
directory=/usr
numprocs=3
process_name=%(program_name)s_%(process_num)02d
autostart=false
user=deploy
[program:shard]
command=sleep 1%(process_num)d
numprocs=2
`,
  });
  expect(fleet.agents.worker?.replicas).toBe(3);
  expect(fleet.agents.shard?.replicas).toBeUndefined();
  expect(text).toContain('cwd: /usr\n');
  expect(text).toContain('(autostart=false); here it starts with the daemon');
  expect(text).toContain('# not carried over: user deploy; isolation gives it a user of its own');
  expect(text).toContain('# not carried over: numprocs 2; each is told its number there');
});

test('PM2: several processes in fork mode are replicas; deploy and a file of variables are named', () => {
  const app = { script: 'sleep', interpreter: 'none', args: '10' };
  const { text, fleet } = roundTrip({
    'ecosystem.json': JSON.stringify({
      apps: [
        { ...app, name: 'forked', exec_mode: 'fork', instances: 2, env_file: '.env' },
        { ...app, name: 'clustered', exec_mode: 'cluster', instances: 'max' },
      ],
      deploy: { production: { host: 'somewhere' } },
    }),
  });
  expect(fleet.agents.forked?.replicas).toBe(2);
  expect(fleet.agents.clustered?.replicas).toBeUndefined();
  expect(text).toContain('# not carried over: deploy\n');
  expect(text).toContain('# .env is not read: write its variables under env, secrets into the vault');
  expect(text).toContain('# not carried over: instances max; PM2 shares one port among them (cluster)');
});

test('MCP: the other names of an address are known; the older transport and a key in an address are named', () => {
  const { text, fleet } = roundTrip({
    'mcp_config.json': JSON.stringify({
      mcpServers: {
        windsurf: { serverUrl: 'https://one.example/mcp' },
        gemini: { httpUrl: 'https://two.example/mcp' },
        old: { type: 'sse', url: 'https://three.example/sse?api_key=abc' },
      },
    }),
  });
  expect(Object.keys(fleet.subsystems)).toEqual(['windsurf', 'gemini', 'old']);
  expect(text).toContain('# its transport is the older one (sse), which the probe does not speak');
  expect(text).toContain('# its address seems to hold a secret, and stands here as it is');
});

test('a mark of the byte order before the text, as editors of Windows write it, is no part of what is imported', () => {
  const mark = '\ufeff';
  const supervisord = '[program:first]\ncommand=sleep 5\n[program:second]\ncommand=sleep 6\n';
  expect(Object.keys(roundTrip({ 'supervisord.conf': mark + supervisord }).fleet.agents)).toEqual([
    'first',
    'second',
  ]);
  expect(Object.keys(roundTrip({ Procfile: `${mark}web: sleep 5\n` }).fleet.agents)).toEqual(['web']);
  const compose = `${mark}services:\n  one: { command: sleep 5 }\n`;
  expect(Object.keys(roundTrip({ 'compose.yaml': compose }).fleet.agents)).toEqual(['one']);
  const pm2 = `${mark}{"apps": [{"name": "app", "script": "/bin/sleep", "args": "5"}]}`;
  expect(Object.keys(roundTrip({ 'ecosystem.json': pm2 }).fleet.agents)).toEqual(['app']);
});
