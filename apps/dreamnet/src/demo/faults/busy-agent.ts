import type { CallOutcome } from '@dreamnet/contracts';
import { check } from '../report.js';
import { type Fault, findEvent } from './fault.js';

/** Longer than the readiness bound (3 s) and the demo's `stallAfter` (4 s) of this agent. */
const WORK_SECONDS = 7;

/** 4. Silent but busy: longer than every timeout, and it must not be killed. */
export const busyAgent: Fault = {
  title: `an agent is silent but busy for ${WORK_SECONDS} s, longer than every timeout (researcher)`,
  mayTouch: [],
  run: async (world) => {
    const before = await world.agent('researcher');
    const faultAt = world.clock.now();
    const call = world.client().send<CallOutcome>('POST', '/api/call', {
      capability: 'data.analysis',
      input: { numbers: [1, 2, 3, 4, 100], work_seconds: WORK_SECONDS },
      timeoutMs: 25_000,
    });
    const withdrawn = await world.until('its routes to be withdrawn', async () =>
      findEvent(world, { type: 'route.withdrawn', subject: 'researcher', since: faultAt }),
    );
    const during = await world.agent('researcher');
    const outcome = await call;
    const announced = await world.until('its routes to be announced again', async () =>
      findEvent(world, { type: 'route.announced', subject: 'researcher', since: withdrawn.at }),
    );
    const after = await world.agent('researcher');
    return {
      fault: busyAgent.title,
      target: 'researcher',
      seen: `readiness ${during.health.readiness.state} (${during.health.readiness.reason}), progress ${during.health.progress.state} (${during.health.progress.reason})`,
      decided: 'it works: not touched, only not routed to',
      done: `routes withdrawn (${withdrawn.data.because}), announced again when it answered`,
      verified: outcome.ok
        ? `the call it was busy with was answered by pid ${after.pid}, the same as before`
        : `the call failed: ${outcome.code} ${outcome.message}`,
      detectedMs: withdrawn.at - faultAt,
      recoveredMs: announced.at - faultAt,
      checks: [
        check('its work was not interrupted', outcome.ok, outcome.ok ? 'answered' : outcome.message),
        check('it was not restarted', after.pid === before.pid, `pid ${before.pid} → ${after.pid}`),
        check(
          'its routes were withdrawn while it could not answer',
          announced.at > withdrawn.at,
          `${withdrawn.at - faultAt} ms`,
        ),
        check('it was seen moving', during.health.progress.state === 'moving', during.health.progress.state),
      ],
    };
  },
};
