import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

test('supervisord: every program has what the supervisor gives to all of them; its own wins', () => {
  const { fleet, text } = roundTrip({
    'supervisord.conf': `
[program:first]
command=sleep 1
[supervisord]
logfile=x.log
environment=LEVEL="low",API_KEY="s3cr3t",WHO="%(ENV_HOME)s"
[program:second]
command=sleep 2
environment=LEVEL="high",API_KEY="oth3r"
`,
  });
  expect(fleet.agents.first?.env).toEqual({ LEVEL: 'low' });
  expect(fleet.agents.second?.env).toEqual({ LEVEL: 'high' });
  const bound = (name: string) => ({
    API_KEY: { from: 'vault', key: `${name}.API_KEY` },
    WHO: { from: 'env', name: 'HOME' },
  });
  expect(fleet.agents.first?.bindings).toMatchObject([{ config: bound('first') }]);
  expect(fleet.agents.second?.bindings).toMatchObject([{ config: bound('second') }]);
  expect(text).not.toMatch(/s3cr3t|oth3r/);
});

test('supervisord: whether a program is started again is read in every spelling it has there', () => {
  const programs = ['yes', 'TRUE', '1', 'Off', 'no', 'unexpected', undefined].map(
    (value, index) => `[program:p${index}]\ncommand=sleep ${index}\n${value ? `autorestart=${value}` : ''}`,
  );
  const { fleet } = roundTrip({ 'supervisord.conf': programs.join('\n') });
  expect(Object.values(fleet.agents).map(({ restart }) => restart.policy)).toEqual([
    'permanent',
    'permanent',
    'permanent',
    'temporary',
    'temporary',
    'transient',
    'transient',
  ]);
});
