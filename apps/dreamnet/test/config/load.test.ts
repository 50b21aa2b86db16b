import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadFleet } from '../../src/config/load.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-config-'));
  writeFileSync(join(folder, 'a.py'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const AGENT = '{ runtime: python, command: [python3, a.py] }';

function load(text: string) {
  const file = join(folder, 'fleet.yaml');
  writeFileSync(file, text);
  return loadFleet(file, '/usr/bin:/bin');
}

function refusal(text: string): { code: string; place: string; message: string } {
  try {
    load(text);
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    const place = String(error.details.place ?? '').replace(`${join(folder, 'fleet.yaml')}:`, '');
    return { code: error.code, place, message: error.message };
  }
  return { code: 'none', place: '', message: '' };
}

const CASES: readonly { rule: string; text: string; code: string; place: string }[] = [
  ...[0, 0.0001, 101, 1_000_000].flatMap((weight) => [
    {
      rule: `a weight of ${weight}, which would be counted as another one, is refused`,
      text: `version: 1\nsubsystems:\n  a:\n    weight: ${weight}\n`,
      code: 'DN_CONFIG_WRONG_TYPE',
      place: '4:13',
    },
    {
      rule: `a weight of ${weight} is refused of an agent, too`,
      text: `version: 1\nagents:\n  a: { runtime: custom, command: [sh],\n    weight: ${weight} }\n`,
      code: 'DN_CONFIG_WRONG_TYPE',
      place: '4:13',
    },
    {
      rule: `a weight of ${weight} is refused of an indicator, too`,
      text: `version: 1\nsubsystems:\n  a:\n    indicators:\n      - { metric: m, factor: growth, good: 1, bad: 0, weight: ${weight} }\n`,
      code: 'DN_CONFIG_WRONG_TYPE',
      place: '5:63',
    },
  ]),
  {
    rule: 'an unknown key is refused where it stands, even when it also leaves a needed key out',
    text: 'version: 1\nagents:\n  a:\n    runtme: node\n    command: [python3, a.py]\n',
    code: 'DN_CONFIG_UNKNOWN_KEY',
    place: '4:5',
  },
  {
    rule: 'a value of a wrong type is refused at the value',
    text: 'version: 1\nagents:\n  a:\n    runtime: python\n    command: 5\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '5:14',
  },
  {
    rule: 'a capability of more words than a route can have is refused at the word, before it is never served',
    text: `version: 1\nagents:\n  a:\n    runtime: python\n    command: [python3, a.py]\n    protocol: mcp\n    capabilities: [b, c${'.c'.repeat(16)}]\n`,
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '7:23',
  },
  {
    rule: 'so is one that the Linker would not take',
    text: 'version: 1\nagents:\n  a:\n    runtime: python\n    command: [python3, a.py]\n    protocol: mcp\n    capabilities: [b, c._d]\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '7:23',
  },
  {
    rule: 'a number without a unit is no duration',
    text: `version: 1\nagents:\n  a: { runtime: python, command: [python3, a.py], stop: { deadline: 5 } }\n`,
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:69',
  },
  {
    rule: 'a program file that does not exist is refused at its argument',
    text: 'version: 1\nagents:\n  a:\n    runtime: python\n    command: [python3, b.py]\n',
    code: 'DN_CONFIG_MISSING_FILE',
    place: '5:24',
  },
  {
    rule: 'a command that is not on the PATH is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, command: [no-such-program] }\n',
    code: 'DN_CONFIG_MISSING_COMMAND',
    place: '3:35',
  },
  {
    rule: 'a name given twice under agents is refused at the second',
    text: `version: 1\nagents:\n  a: ${AGENT}\n  a: ${AGENT}\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '4:3',
  },
  {
    rule: 'names that are the same as keys of an object are the same',
    text: `version: 1\nagents:\n  1: ${AGENT}\n  "1": ${AGENT}\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '4:3',
  },
  {
    rule: 'a name that is both an agent and a subsystem is refused',
    text: `version: 1\nagents:\n  a: ${AGENT}\nsubsystems:\n  a: {}\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '5:3',
  },
  {
    rule: 'a member of a group that is nobody here is refused where it stands',
    text: `version: 1\nagents:\n  a: ${AGENT}\ngroups:\n  g: { members: [a, b] }\n`,
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '5:21',
  },
  {
    rule: 'a member of two groups is refused at the second',
    text: `version: 1\nagents:\n  a: ${AGENT}\ngroups:\n  g: { members: [a] }\n  h: { members: [a] }\n`,
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '6:18',
  },
  {
    rule: 'a group that contains itself is refused',
    text: `version: 1\nagents:\n  a: ${AGENT}\ngroups:\n  g: { members: [a, h] }\n  h: { members: [g] }\n`,
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '5:17',
  },
  {
    rule: 'a group with the name of an agent is refused',
    text: `version: 1\nagents:\n  a: ${AGENT}\ngroups:\n  a: { members: [a] }\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '5:3',
  },
  {
    rule: 'an order of a group against dependsOn is a circle',
    text: `version: 1\nagents:\n  a: { runtime: python, command: [python3, a.py], dependsOn: [b] }\n  b: ${AGENT}\ngroups:\n  g: { members: [a, b] }\n`,
    code: 'DN_CONFIG_CYCLE',
    place: '3:62',
  },
  {
    rule: 'dependsOn that goes round in a circle is refused',
    text: `version: 1\nsubsystems:\n  a: { dependsOn: [b] }\n  b: { dependsOn: [c] }\n  c: { dependsOn: [a] }\n`,
    code: 'DN_CONFIG_CYCLE',
    place: '3:19',
  },
  {
    rule: 'a dependency nobody declares is refused',
    text: `version: 1\nsubsystems:\n  a: { dependsOn: [ghost] }\n`,
    code: 'DN_CONFIG_UNKNOWN_DEPENDENCY',
    place: '3:20',
  },
  {
    rule: 'a runtime without a driver is refused by name, not ignored',
    text: 'version: 1\nagents:\n  a: { runtime: vertex-agents, command: [python3] }\n',
    code: 'DN_CONFIG_NOT_SUPPORTED',
    place: '3:17',
  },
  {
    rule: 'broken YAML is refused with its place',
    text: 'version: 1\nagents: [\n',
    code: 'DN_CONFIG_SYNTAX',
    place: '3:1',
  },
  {
    rule: 'a name that could leave its folder is refused',
    text: `version: 1\nagents:\n  "../a": ${AGENT}\n`,
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:3',
  },
  {
    rule: 'an A2A agent without an endpoint is refused',
    text: 'version: 1\nagents:\n  a: { runtime: python, protocol: a2a, command: [python3, a.py] }\n',
    code: 'DN_CONFIG_INCOMPLETE',
    place: '3:35',
  },
  {
    rule: 'an agent of AgentCore’s contract without an endpoint is refused',
    text: 'version: 1\nagents:\n  a: { runtime: python, protocol: agentcore, command: [python3, a.py] }\n',
    code: 'DN_CONFIG_INCOMPLETE',
    place: '3:35',
  },
  {
    rule: 'capabilities without a protocol that has calls are refused',
    text: 'version: 1\nagents:\n  a: { runtime: python, command: [python3, a.py], capabilities: [x.y] }\n',
    code: 'DN_CONFIG_INCOMPLETE',
    place: '3:65',
  },
  {
    rule: 'two agents on one endpoint are refused',
    text: `version: 1\nagents:\n  a: { runtime: python, protocol: http, command: [python3, a.py], endpoint: 'http://127.0.0.1:9' }\n  b: { runtime: python, protocol: http, command: [python3, a.py], endpoint: 'http://127.0.0.1:9' }\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '4:77',
  },
  {
    rule: 'a document that explodes when its aliases are followed is refused as YAML',
    text: `version: 1\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c]\n`,
    code: 'DN_CONFIG_SYNTAX',
    place: '5:8',
  },
  {
    rule: 'an alias of nothing is refused where it stands',
    text: 'version: 1\nagents: *nobody\n',
    code: 'DN_CONFIG_SYNTAX',
    place: '2:9',
  },
  {
    rule: 'an agent called __proto__ does not vanish',
    text: `version: 1\nagents:\n  __proto__: ${AGENT}\n`,
    code: 'DN_CONFIG_UNKNOWN_KEY',
    place: '3:3',
  },
  {
    rule: 'a NUL in an argument is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, command: [sh, "a\\0b"] }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:39',
  },
  {
    rule: 'a variable no process could be given is refused at its name',
    text: 'version: 1\nagents:\n  a: { runtime: custom, command: [sh], env: { "A=B": x } }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:47',
  },
  {
    rule: 'a secret for a variable that is no name is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, command: [sh], bindings: [{ type: secrets, config: { "A-B": { from: vault, key: k } } }] }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:78',
  },
  {
    rule: 'a variable bound to two secrets is refused at the second',
    text: `version: 1\nagents:\n  a:\n    runtime: custom\n    command: [sh]\n    bindings:\n      - { type: secrets, config: { A: { from: vault, key: x } } }\n      - { type: secrets, config: { A: { from: vault, key: y } } }\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '8:36',
  },
  {
    rule: 'a variable bound to two secrets of one environment is refused at the second',
    text: `version: 1\nagents:\n  a:\n    runtime: custom\n    command: [sh]\n    bindings:\n      - { type: secrets, environment: staging, config: { A: { from: vault, key: x } } }\n      - { type: secrets, environment: staging, config: { A: { from: vault, key: y } } }\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '8:58',
  },
  {
    rule: 'a variable bound in every environment and in one of them is refused at the second',
    text: `version: 1\nagents:\n  a:\n    runtime: custom\n    command: [sh]\n    bindings:\n      - { type: secrets, environment: staging, config: { A: { from: vault, key: x } } }\n      - { type: secrets, config: { A: { from: vault, key: y } } }\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '8:36',
  },
  {
    rule: 'a capability named twice by one agent is refused at the second',
    text: `version: 1\nagents:\n  a: { runtime: custom, protocol: mcp, command: [sh], capabilities: [x.y, { name: x.y }] }\n`,
    code: 'DN_CONFIG_DUPLICATE_NAME',
    place: '3:75',
  },
  {
    rule: 'a working folder that is a file is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, command: [sh], cwd: a.py }\n',
    code: 'DN_CONFIG_MISSING_FILE',
    place: '3:45',
  },
  {
    rule: 'asking without a pause is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, command: [sh], health: { liveness: { every: 0ms } } }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:69',
  },
  {
    rule: 'a duration no calendar holds is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, command: [sh], stop: { deadline: 99999999d } }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:58',
  },
  {
    rule: 'memory no program starts in is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, command: [sh], resources: { memory: 256B } }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:61',
  },
  {
    rule: 'an endpoint on port 0 is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, protocol: http, command: [sh], endpoint: "http://127.0.0.1:0" }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:66',
  },
  {
    rule: 'an endpoint that is no address is refused',
    text: 'version: 1\nagents:\n  a: { runtime: custom, protocol: http, command: [sh], endpoint: "http://127.0.0.1:99999" }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:66',
  },
  {
    rule: 'a port beyond 65535 is refused',
    text: 'version: 1\nsubsystems:\n  a: { probe: { tcp: "h:99999" } }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:22',
  },
  {
    rule: 'a probe that says neither http nor tcp is refused',
    text: 'version: 1\nsubsystems:\n  a: { probe: { every: 1s } }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '3:15',
  },
  {
    rule: 'an empty host is refused: it would mean every address of the machine',
    text: 'version: 1\nhttp: { host: "" }\n',
    code: 'DN_CONFIG_WRONG_TYPE',
    place: '2:15',
  },
  {
    rule: 'a recovery override for nobody is refused',
    text: 'version: 1\nrecovery: { overrides: { ghost: off } }\n',
    code: 'DN_CONFIG_INCOMPLETE',
    place: '2:26',
  },
  { rule: 'an empty file is refused', text: '', code: 'DN_CONFIG_WRONG_TYPE', place: '1:1' },
];

for (const { rule, text, code, place } of CASES)
  test(`configuration: ${rule}`, () => {
    expect(refusal(text)).toMatchObject({ code, place });
  });

test('configuration: a key with nothing after it is said to be that', () => {
  expect(refusal('version: 1\nagents:\n').message).toContain(
    'agents: nothing is written here; write a map of names or leave the key out',
  );
});

test('configuration: a subsystem may have the name of a property that every object has', () => {
  expect(refusal(`version: 1\nagents:\n  a: ${AGENT}\nsubsystems:\n  constructor: {}\n`).code).toBe('none');
});

test('configuration: a cycle is shown whole', () => {
  expect(
    refusal('version: 1\nsubsystems:\n  a: { dependsOn: [b] }\n  b: { dependsOn: [a] }\n').message,
  ).toContain('a → b → a');
});

test('configuration: a name given twice is said whole', () => {
  expect(refusal(`version: 1\nagents:\n  coder: ${AGENT}\n  coder: ${AGENT}\n`).message).toContain("'coder'");
});

test('configuration: durations and sizes come out as milliseconds and bytes', () => {
  const { fleet } = load(
    'version: 1\nagents:\n  a: { runtime: python, command: [python3, a.py], stop: { deadline: 1.5s }, resources: { memory: 256MiB } }\n',
  );
  expect(fleet.agents.a?.stop.deadline).toBe(1500);
  expect(fleet.agents.a?.resources.memory).toBe(268_435_456);
});

const AGENT_WITH = (resources: string) =>
  `version: 1\nagents:\n  a: { runtime: python, command: [python3, a.py], resources: ${resources} }\n`;

test('configuration: each size has its own least: 64KiB of logs, 4KiB a second of io, 1MiB of memory', () => {
  const { logs } = load('version: 1\nlogs: { size: 64KiB, total: 64KiB }\n').fleet;
  expect([logs.size, logs.total]).toEqual([65_536, 65_536]);
  const { agents } = load(AGENT_WITH('{ io: 4KiB, memory: 1MiB }')).fleet;
  expect(agents.a?.resources).toMatchObject({ io: 4096, memory: 1_048_576 });
  expect(refusal('version: 1\nlogs: { size: 63KiB }\n').message).toContain('at least 64KiB');
  expect(refusal('version: 1\nlogs: { total: 63KiB }\n').message).toContain('at least 64KiB');
  expect(refusal(AGENT_WITH('{ io: 4095B }')).message).toContain('at least 4KiB');
  expect(refusal(AGENT_WITH('{ memory: 1023KiB }')).message).toContain('at least 1MiB');
});

test('configuration: a chain of 5000 dependencies is no cycle and does not exhaust the stack', () => {
  const lines = Array.from(
    { length: 5000 },
    (_, i) => `  s${i}: { dependsOn: [${i > 0 ? `s${i - 1}` : ''}] }`,
  );
  expect(Object.keys(load(`version: 1\nsubsystems:\n${lines.join('\n')}\n`).fleet.subsystems)).toHaveLength(
    5000,
  );
});

test('configuration: one variable may hold another secret in each environment', () => {
  const bindings = ['production', 'staging', 'development'].map((environment) => ({
    ...{ type: 'secrets', environment },
    config: { KEY: { from: 'vault', key: `key-of-${environment}` } },
  }));
  const agents = { a: { runtime: 'custom', command: ['sh'], bindings } };
  expect(load(JSON.stringify({ version: 1, agents })).fleet.agents.a?.bindings).toHaveLength(3);
});
