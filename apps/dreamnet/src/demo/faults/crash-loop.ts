import { writeFileSync } from 'node:fs';
import { sleep } from '@dreamnet/kit';
import { check, summaryOf } from '../report.js';
import { awaitResolved, type Fault, findEvent, reportOf } from './fault.js';

/** Well under the demo's `retryAfter` of 5 s, so that a start seen in it is one too many. */
const QUIET_MS = 2000;

/** 5. A crash loop: back off, open an incident, stop trying, recover when the cause is gone. */
export const crashLoop: Fault = {
  title: 'a crash loop (indexer: its index file is broken)',
  mayTouch: ['indexer'],
  run: async (world) => {
    const before = await world.agent('indexer');
    writeFileSync(world.folder.indexFile, '{ broken');
    const faultAt = world.clock.now();
    process.kill(before.pid ?? 0, 'SIGKILL');
    const opened = await world.until('the circuit to open', async () =>
      findEvent(world, { type: 'process.circuit-opened', subject: 'indexer', since: faultAt }),
    );
    await world.until('the incident to be escalated', async () =>
      (await world.incidents()).find(
        (incident) =>
          incident.cause.subsystem === 'indexer' &&
          incident.stages.some((entry) => entry.stage === 'escalated'),
      ),
    );
    const exits = () =>
      world.events.filter(
        (event) => event.type === 'process.exited' && event.subject === 'indexer' && event.at >= faultAt,
      );
    const tries = exits();
    await sleep(world.clock, QUIET_MS);
    const triesLater = exits().length;
    writeFileSync(world.folder.indexFile, '{"first": 1}\n');
    const incident = await awaitResolved(world, 'indexer', faultAt);
    const after = await world.agent('indexer');
    const report = reportOf(incident, crashLoop.title, faultAt);
    const gaps = tries.slice(1).map((event, index) => event.at - (tries[index]?.at ?? event.at));
    return {
      ...report,
      detectedMs: (tries[0]?.at ?? Number.NaN) - faultAt,
      decided: summaryOf(incident, 'escalated'),
      done: `backed off (${gaps.join(', ')} ms between crashes), then stopped trying ${opened.at - faultAt} ms after the first crash; tried once more after the pause`,
      checks: [
        check('it backs off', (gaps.at(-1) ?? 0) > (gaps[0] ?? 0), `${gaps.join(', ')} ms`),
        check(
          `once the circuit is open nothing is tried for ${QUIET_MS} ms`,
          triesLater === tries.length,
          `${triesLater - tries.length} more`,
        ),
        check(
          'it serves again when the cause is gone',
          after.health.readiness.state === 'ready',
          after.health.readiness.state,
        ),
      ],
    };
  },
};
