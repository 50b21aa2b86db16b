import type { Clock, LocalProcessSpec, PublishEvent } from '@dreamnet/contracts';
import type { SharedTable } from './activity/activity-meter.js';
import type { ExitBook } from './adoption/exit-book.js';
import type { ExitWatcher } from './adoption/exit-watcher.js';
import type { LaunchKit } from './launch-kit.js';
import type { RecordWriter } from './records/record-writer.js';
import type { RestartDecision } from './restart-policy/restart-decision.js';
import type { RunEnd } from './run.js';
import type { StartQueue } from './spawn/start-queue.js';
import type { SharedLook } from './tree/process-look.js';

/** @returns undefined to leave it to `own`. */
export type DecideExit = (id: string, end: RunEnd, own: () => RestartDecision) => RestartDecision | undefined;

/** What every unit of one supervisor shares. */
export interface UnitSurroundings {
  readonly instanceId: string;
  readonly bootId: string;
  readonly clock: Clock;
  readonly publish: PublishEvent;
  readonly redact: (text: string) => string;
  readonly random: () => number;
  readonly queue: StartQueue;
  readonly watcher: ExitWatcher;
  readonly exits: ExitBook;
  readonly writer: RecordWriter;
  readonly table: SharedTable;
  readonly look: SharedLook;
  /**
   * Decides for a process in a group what follows the end of its run; undefined leaves it to the process's own policy, which
   * `own` asks and thereby counts the end in its history.
   */
  readonly decideExit?: DecideExit;
  /** Opens the logs and makes the limits of a specification. */
  readonly prepare: (spec: LocalProcessSpec) => LaunchKit;
}
