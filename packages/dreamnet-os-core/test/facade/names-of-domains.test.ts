import { expect, test } from 'vitest';
import { Agent, startFleet } from './fleet.js';

test('names of domains: a subsystem called like one, and like the program, is not restarted for what is said of these', async () => {
  const economy = new Agent('economy', { domain: 'economy' });
  const dreamnet = new Agent('dreamnet', { domain: 'economy' });
  const bank = new Agent('bank', { domain: 'economy', weight: 50 });
  bank.onRestart = () => undefined;
  const { clock, core } = await startFleet([economy, dreamnet, bank], {
    keepingProblem: () => 'the disk is full',
    rules: [
      {
        name: 'poor',
        trigger: { on: 'score', when: { operator: '<', threshold: 0.9 } },
        severity: 'critical',
      },
    ],
  });
  bank.isAnswering = false;
  await clock.advance(120_000);
  const about = core.getActiveAlerts().map((alert) => [alert.labels.rule, alert.subsystem, alert.about]);
  expect(about).toContainEqual(['low_score', 'economy', 'domain']);
  expect(about).toContainEqual(['poor', 'economy', 'domain']);
  expect(about).toContainEqual(['reports_not_kept', 'dreamnet', 'program']);
  expect(core.incidents().map(({ cause }) => cause.subsystem)).toEqual(['bank']);
  expect([economy.restarts, dreamnet.restarts]).toEqual([[], []]);
  await core.stop();
});
