import { writeFileSync } from 'node:fs';
import type { Alert } from '@dreamnet/contracts';
import { check } from '../report.js';
import { awaitResolved, type Fault, findEvent, reportOf } from './fault.js';

/** 7. A dependency is down: the dependent's alert does not notify, the cause is named and healed. */
export const dependencyDown: Fault = {
  title: 'a dependency is down (ledger; feed depends on it)',
  mayTouch: ['ledger'],
  run: async (world) => {
    const before = await world.agent('feed');
    const faultAt = world.clock.now();
    writeFileSync(world.folder.wedgeFiles.ledger, '');
    const inhibited = await world.until('the alert of feed to be held back', async () =>
      findEvent(world, { type: 'alert.inhibited', subject: 'feed', since: faultAt }),
    );
    const incident = await awaitResolved(world, 'ledger', faultAt);
    const healed = await world.until('feed to be well again', async () => {
      const { alerts } = await world.client().get<{ alerts: Alert[] }>('/api/alerts?state=open');
      return alerts.every((alert) => alert.subsystem !== 'feed') ? world.agent('feed') : undefined;
    });
    const report = reportOf(incident, dependencyDown.title, faultAt);
    const other = (await world.incidents()).find(
      (candidate) => candidate.cause.subsystem === 'feed' && candidate.openedAt >= faultAt,
    );
    return {
      ...report,
      decided: `${report.decided}; the alert of feed does not notify: caused by ${inhibited.data.by}`,
      checks: [
        check('the cause is named', incident.cause.subsystem === 'ledger', incident.cause.subsystem),
        check('the dependent has no incident of its own', other === undefined, other?.title ?? 'none'),
        check(
          'the dependent was not touched',
          healed.pid === before.pid,
          `pid ${before.pid} → ${healed.pid}`,
        ),
      ],
    };
  },
};
