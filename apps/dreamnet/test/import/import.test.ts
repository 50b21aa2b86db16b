import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readForeignFile } from '../../src/import/read-file.js';
import { roundTrip } from './round-trip.js';

test('import: a Procfile becomes agents with foreman’s ports; what needs a shell gets one', () => {
  const { text, fleet } = roundTrip({
    Procfile: [
      '# people and robots',
      'web: node server.js --port $PORT',
      "worker: python3 -m http.server '80 80'",
      'release: ./migrate',
      'not a line',
    ].join('\n'),
    'server.js': '',
  });
  expect(fleet.agents.web).toMatchObject({
    runtime: 'custom',
    command: ['sh', '-c', 'node server.js --port $PORT'],
    env: { PORT: '5000' },
  });
  expect(fleet.agents.worker).toMatchObject({
    runtime: 'python',
    command: ['python3', '-m', 'http.server', '80 80'],
    env: { PORT: '5100' },
  });
  expect(Object.keys(fleet.agents)).toEqual(['web', 'worker']);
  expect(text).toMatch(/# 'release' runs once before a deployment: left out \(\.\/migrate\)/);
  expect(text).toMatch(/# line 5 is no 'name: command'/);
});

test('import: a supervisord.conf keeps policy, folder, variables and deadline, and names what it loses', () => {
  const { text, fleet } = roundTrip({
    'supervisord.conf': `
[supervisord]
logfile=/tmp/x.log ; its own

[program:cat one]
command=python3 app.py --name=%(program_name)s --rate=50%% a|b $x
directory=%(here)s/app
environment=MODE="a,b",LEVEL=3,
  HOME_DIR="%(ENV_HOME)s",API_KEY="s3cr3t"
autorestart=unexpected
startretries=7
stopsignal=QUIT
numprocs=4

[program:empty]
[eventlistener:memmon]
command=memmon
`,
    'app/app.py': '',
  });
  expect(fleet.agents['cat-one']).toMatchObject({
    runtime: 'python',
    command: ['python3', 'app.py', '--name=cat', 'one', '--rate=50%', 'a|b', '$x'],
    cwd: 'app',
    env: { MODE: 'a,b', LEVEL: '3' },
    restart: { policy: 'transient', intensity: 7 },
    stop: { deadline: 10_000, signal: 'SIGQUIT' },
    bindings: [
      {
        type: 'secrets',
        config: {
          HOME_DIR: { from: 'env', name: 'HOME' },
          API_KEY: { from: 'vault', key: 'cat-one.API_KEY' },
        },
      },
    ],
  });
  expect(text).not.toContain('s3cr3t');
  for (const note of ['replicas: 4', "'empty' has no command", '[eventlistener:memmon]'])
    expect(text).toContain(note);
});

test('import: a compose file’s commands keep order, limits, health check and restart; images are named', () => {
  const { text, fleet } = roundTrip({
    'compose.yaml': `
x-base: &base
  restart: unless-stopped
services:
  api:
    <<: *base
    image: example/api:1
    command: ["node", "api.js"]
    environment: [MODE=fast, DB_PASSWORD=hunter2, FROM_OUTSIDE]
    depends_on: { worker: { condition: service_started }, db: {} }
    stop_grace_period: 1m30s
    stop_signal: SIGINT
    mem_limit: 512m
    cpus: "0.5"
    ports: ["80:80"]
    healthcheck: { test: ["CMD", "node", "-e", "0"], interval: 5s, timeout: 2s, retries: 3, start_period: 1m30s }
  worker:
    command: sh -c 'echo $$HOME; sleep 1'
    stop_signal: SIGSTOP
    restart: on-failure:4
    healthcheck: { test: "true", start_period: 5s }
  filled: { command: 'sh run.sh $SPEED \${MODE:-slow} $HOME $$5' }
  db: { image: postgres:17 }
`,
    'api.js': '',
  });
  expect(fleet.agents.api).toMatchObject({
    runtime: 'node',
    command: ['node', 'api.js'],
    env: { MODE: 'fast' },
    dependsOn: ['worker'],
    restart: { policy: 'permanent' },
    start: { readyWithin: 90_000 },
    stop: { deadline: 90_000, signal: 'SIGINT' },
    resources: { memory: 512 * 1024 * 1024, cpu: 0.5 },
    health: {
      readiness: { every: 5000, timeout: 2000, fall: 3 },
      probe: { exec: ['node', '-e', '0'] },
    },
  });
  expect(fleet.agents.worker).toMatchObject({
    command: ['sh', '-c', 'echo $HOME; sleep 1'],
    restart: { policy: 'transient' },
    start: { readyWithin: 30_000 },
    health: { probe: { exec: ['sh', '-c', 'true'] } },
  });
  expect(fleet.agents.filled).toMatchObject({
    command: ['sh', '-c', `sh run.sh $SPEED \${MODE:-slow} $HOME \\$5`],
    bindings: [{ config: { SPEED: { from: 'env', name: 'SPEED' } } }],
  });
  expect(text).toContain('MODE is not set here');
  expect(text).not.toContain('hunter2');
  for (const note of ['the image postgres:17', 'not carried over: ports', 'needs db', 'at most 4 times'])
    expect(text).toContain(note);
});

test('import: MCP servers keep command and secrets’ names; remote ones are watched, disabled ones left out', () => {
  const { text, fleet } = roundTrip({
    '.vscode/mcp.json': `{
  // VS Code allows comments
  "inputs": [{ "id": "key", "type": "promptString" }],
  "servers": {
    "my files": { "command": "node", "args": ["server.js", "\${workspaceFolder}/data"],
      "env": { "KEY": "\${input:key}", "LANG": "C", "GH": "\${env:GITHUB_TOKEN}", }, },
    "far": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer x" } },
    "off": { "command": "node", "disabled": true }
  }
}`,
    'server.js': '',
  });
  expect(fleet.agents['my-files']).toMatchObject({
    runtime: 'node',
    protocol: 'mcp',
    env: { LANG: 'C' },
    bindings: [
      {
        config: {
          KEY: { from: 'vault', key: 'my-files.KEY' },
          GH: { from: 'env', name: 'GITHUB_TOKEN' },
        },
      },
    ],
  });
  expect(fleet.agents['my-files']).not.toHaveProperty('cwd');
  expect(fleet.agents['my-files']?.command[2]).toMatch(/^\/.*\/data$/);
  expect(fleet.subsystems.far?.probe).toMatchObject({ mcp: { url: 'https://mcp.example.com/mcp' } });
  expect(Object.keys(fleet.agents)).toEqual(['my-files']);
  for (const note of ["was called 'my files'", "'off' is disabled", 'headers are not carried over'])
    expect(text).toContain(note);
  expect(text).not.toContain('Bearer x');
});

test('import: the mcpServers of Claude and Cursor, and Zed’s nesting, are the same thing', () => {
  const one = roundTrip({ '.mcp.json': '{"mcpServers":{"a":{"command":"sh","args":["x y"]}}}' });
  expect(one.fleet.agents.a).toMatchObject({ command: ['sh', 'x y'], protocol: 'mcp' });
  const zed = roundTrip({
    'settings.json': '{"context_servers":{"a":{"command":{"path":"sh","args":["x"],"env":{"B":"1"}}}}}',
  });
  expect(zed.fleet.agents.a).toMatchObject({ command: ['sh', 'x'], env: { B: '1' } });
});

const ECOSYSTEM = {
  apps: [
    {
      name: 'api',
      script: './api.js',
      args: '--port 80',
      node_args: '--max-old-space-size=200',
      instances: 4,
      exec_mode: 'cluster',
      env: { PORT: 80 },
      env_production: { PORT: 81 },
      max_memory_restart: '300M',
      max_restarts: 9,
      exp_backoff_restart_delay: 200,
      kill_timeout: 1600,
    },
    { script: 'tool.py', autorestart: false, cron_restart: '0 0 * * *' },
  ],
};

test('import: a PM2 ecosystem in JSON keeps scripts, limits and restart rules', () => {
  const { text, fleet } = roundTrip({
    'ecosystem.json': JSON.stringify(ECOSYSTEM),
    'api.js': '',
    'tool.py': '',
  });
  expect(fleet.agents.api).toMatchObject({
    runtime: 'node',
    command: ['node', '--max-old-space-size=200', './api.js', '--port', '80'],
    env: { PORT: '80' },
    restart: { policy: 'permanent', intensity: 9, backoff: { initial: 200 } },
    resources: { memory: 300 * 1024 * 1024 },
    stop: { deadline: 1600, signal: 'SIGINT' },
  });
  expect(fleet.agents.tool).toMatchObject({
    command: ['python3', 'tool.py'],
    restart: { policy: 'temporary' },
  });
  for (const note of ['instances 4', 'env_production', 'exec_mode', 'cron_restart'])
    expect(text).toContain(note);
});

test('import: what another file holds cannot break out of a comment', () => {
  const { text, fleet } = roundTrip({
    '.mcp.json': JSON.stringify({
      mcpServers: { 'a\nagents: {}\n': { command: 'sh', 'x\nversion: 2': 1, env: { 'B\nC': '1' } } },
    }),
  });
  expect(Object.keys(fleet.agents)).toEqual(['a-agents']);
  expect(text).not.toMatch(/^version: 2/m);
});

test('import: a program is not run unless asked for, other files are refused by name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const read = (file: string, text: string) => {
    writeFileSync(join(folder, file), text);
    return () => readForeignFile(join(folder, file), { isExecuted: false, variables: {} });
  };
  expect(read('ecosystem.config.js', 'process.exit(1)')).toThrow(/DN_IMPORT_NEEDS_EXECUTE|--execute/);
  expect(read('other.json', '{"a":1}')).toThrow(/none of the files/);
  expect(read('other.conf', '[section]\na=1')).toThrow(/none of the files/);
  expect(read('broken.json', '{"a"')).toThrow(/broken\.json:1/);
  expect(() => readForeignFile(join(folder, 'no'), { isExecuted: false, variables: {} })).toThrow(
    /cannot be read/,
  );
});
