import type { Clock, PublishEvent } from '@dreamnet/contracts';
import { GROUPS_COLLECTION } from '../records/group-record.js';
import type { RecordWriter } from '../records/record-writer.js';
import type { SupervisedUnit } from '../supervised-unit.js';
import type { GroupMember } from './group-members.js';
import { Groups } from './groups.js';

export interface GroupsOptions {
  readonly clock: Clock;
  readonly publish: PublishEvent;
  readonly writer: RecordWriter;
  /** undefined when it was never launched here. */
  readonly unit: (id: string) => SupervisedUnit | undefined;
}

/** The groups of a supervisor, over its units. */
export function createGroups({ clock, publish, writer, unit }: GroupsOptions): Groups {
  return new Groups({
    ...{ clock, publish },
    member: (id) => {
      const one = unit(id);
      return one && asMember(one, clock);
    },
    save: (name, read) => writer.write(name, read, GROUPS_COLLECTION),
    saved: () => writer.flush(),
  });
}

function asMember(unit: SupervisedUnit, clock: Clock): GroupMember {
  const { identity, lastExit } = unit.view;
  const { restart } = unit.spec;
  return {
    phase: unit.phase,
    identity: identity && `${identity.pid}:${identity.startTicks}`,
    ranMs: unit.startedMs === null ? 0 : clock.monotonic() - unit.startedMs,
    generation: unit.generation,
    ...{ lastExit, type: restart.type, resetAfterMs: restart.backoff.resetAfterMs },
    endWith: (group) => unit.endWith(group),
    holdBack: () => unit.holdBack(),
    hold: () => unit.hold(),
    skipGenerations: (upTo) => unit.skipGenerations(upTo),
    startHeld: () => unit.startHeld(),
    resumeHeld: () => unit.resumeHeld(),
    finishHeld: () => unit.finishHeld(),
    breakUntil: (retryAt) => unit.breakUntil(retryAt),
  };
}
