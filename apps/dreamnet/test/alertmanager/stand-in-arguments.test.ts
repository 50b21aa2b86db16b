import { expect, test } from 'vitest';
import { readStandInArguments } from '../../src/alertmanager/stand-in-arguments.js';

const read = (line: string, stateDir?: string) => readStandInArguments(line.split(' '), stateDir);

test('stand-in arguments: what is written plainly is read', () => {
  expect(read('up --alertmanager-config am.yml')).toEqual({
    ...{ configFile: 'am.yml', stateDir: '.dreamnet', startDelayMs: 0, isJson: false },
    ...{ port: undefined, host: undefined },
  });
  const all =
    'up --json --alertmanager-config=a=b.yml --port 0 --host=::1 --state s --dispatch.start-delay 1m30s';
  expect(read(all, 'other')).toEqual({
    ...{ configFile: 'a=b.yml', stateDir: 's', startDelayMs: 90_000, isJson: true },
    ...{ port: 0, host: '::1' },
  });
  expect(read('up --alertmanager-config am.yml', 'of-the-environment')?.stateDir).toBe('of-the-environment');
});

for (const line of [
  'up',
  'down --alertmanager-config a.yml',
  'up -f fleet.yaml --alertmanager-config a.yml',
  'up --alertmanager-config',
  'up --alertmanager-config=',
  'up --alertmanager-config --json',
  'up --alertmanager-config a.yml --alertmanager-config b.yml',
  'up --alertmanager-config a.yml b.yml',
  'up --alertmanager-config a.yml --keep',
  'up --alertmanager-config a.yml --help',
  'up --alertmanager-config a.yml --json=true',
  'up --alertmanager-config a.yml --port x',
  'up --alertmanager-config a.yml --port 65536',
  'up --alertmanager-config a.yml --port -1',
  'up --alertmanager-config a.yml --dispatch.start-delay soon',
  'up --alertmanager-config a.yml --por 1',
  'up port 1 --alertmanager-config a.yml',
])
  test(`stand-in arguments: '${line}' is for the whole command line`, () => {
    expect(read(line)).toBeUndefined();
  });
