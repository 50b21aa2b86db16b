import { writeFileSync } from 'node:fs';
import type { DreamnetEvent } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { check, summaryOf } from '../report.js';
import type { World } from '../world.js';
import { awaitResolved, type Fault, findEvent, reportOf, signalAgent } from './fault.js';

/** Well under the demo's `retryAfter` of 5 s, so that a start seen in it is one too many. */
const QUIET_MS = 2000;

/** 5. A crash loop: back off, open an incident, stop trying, recover when the cause is gone. */
export const crashLoop: Fault = {
  title: 'a crash loop (indexer: its index file is broken)',
  mayTouch: ['indexer'],
  run: async (world) => {
    writeFileSync(world.folder.indexFile, '{ broken');
    const { faultAt } = await signalAgent(world, 'indexer', 'SIGKILL');
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
    const pauses = pausesOf(world, { since: faultAt, until: opened.at });
    return {
      ...report,
      detectedMs: (tries[0]?.at ?? Number.NaN) - faultAt,
      decided: summaryOf(incident, 'escalated'),
      done: `backed off (${pauses.join(', ')} ms before each try), then stopped trying ${opened.at - faultAt} ms after the first crash; tried once more after the pause`,
      checks: [
        check('it backs off', isGrowing(pauses), `${pauses.join(', ')} ms`),
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

/** How long the supervisor waited of its own accord: the time from crash to crash has the boots in it, too. */
function pausesOf(world: World, { since, until }: { since: number; until: number }): number[] {
  return world.events.flatMap((event) => {
    if (event.type !== 'process.phase-changed' || event.subject !== 'indexer') return [];
    const { to, nextAttemptAt } = (event as DreamnetEvent<'process.phase-changed'>).data;
    const isPause = event.at >= since && event.at <= until && to === 'backoff';
    return isPause ? [Math.max(0, (nextAttemptAt ?? event.at) - event.at)] : [];
  });
}

/** The first try comes at once; each of the others later than the one before. */
function isGrowing(pauses: readonly number[]): boolean {
  return pauses.length > 1 && pauses.every((pause, at) => at === 0 || pause > (pauses[at - 1] ?? 0));
}
