import type { IntegrationGap } from '@dreamnet/contracts';
import { check } from '../report.js';
import { type Fault, findEvent } from './fault.js';

/** 6. A secret that is bound and not there: found before the start, mended by setting it. */
export const missingSecret: Fault = {
  title: 'a secret is missing (mailer)',
  mayTouch: ['mailer'],
  run: async (world) => {
    const gap = await world.until('the gap to be found', async () =>
      (await world.client().get<{ gaps: IntegrationGap[] }>('/api/gaps')).gaps.find(
        (candidate) => candidate.subsystem === 'mailer' && candidate.state === 'open',
      ),
    );
    const started = world.events.some(
      (event) => event.type === 'process.started' && event.subject === 'mailer',
    );
    const before = await world.agent('mailer');
    const detected = findEvent(world, { type: 'gap.detected', subject: 'mailer', since: 0 });
    const mendedAt = world.clock.now();
    await world.client().send('PUT', '/api/vault/mail-token', { value: 'demo-secret-of-the-mailer' });
    const fixed = await world.until('the gap to be verified as fixed', async () =>
      findEvent(world, { type: 'gap.fixed', subject: 'mailer', since: mendedAt }),
    );
    const after = await world.until('mailer to be ready', async () => {
      const agent = await world.agent('mailer');
      return agent.health.readiness.state === 'ready' ? agent : undefined;
    });
    return {
      fault: missingSecret.title,
      target: 'mailer',
      seen: `${gap.description}: expected ${gap.expected}, found ${gap.observed}`,
      decided: `${gap.type}; not started: ${gap.remedyHint ?? 'no hint'}`,
      done: 'the secret was set in the vault; the agent was started with it bound',
      verified: `detected again: the gap is gone; ready as pid ${after.pid}`,
      detectedMs: Math.max(0, (detected?.at ?? mendedAt) - mendedAt),
      recoveredMs: fixed.at - mendedAt,
      checks: [
        check(
          'found before it was ever started',
          !started && before.pid === null,
          started ? 'it was started' : 'never started',
        ),
        check(
          'the gap says where it was declared',
          gap.declaredAt !== undefined,
          JSON.stringify(gap.declaredAt),
        ),
        check('it runs after the secret was set', after.pid !== null, `pid ${after.pid}`),
      ],
    };
  },
};
