import type { Clock, PublishEvent } from '@dreamnet/contracts';
import type { ProcessCensus } from './activity/process-census.js';
import type { ExitBook } from './adoption/exit-book.js';
import type { PrepareKit } from './launch-kit.js';
import type { RecordWriter } from './records/record-writer.js';
import type { MachineGauge } from './resources/machine-gauge.js';
import type { MemberOfGroup } from './restart-keeper.js';
import type { TurnLines } from './spare/turn-lines.js';
import type { ProcessStarter } from './spawn/process-starter.js';
import type { ProcessWatch } from './spawn/spawner.js';
import type { StartQueue } from './spawn/start-queue.js';
import type { HidesOutput, RenewSpec } from './supervisor-options.js';
import type { SharedLook } from './tree/process-look.js';
import type { StraySweep } from './tree/stray-sweep.js';

/** What every unit of one supervisor shares. */
export interface UnitSurroundings {
  readonly instanceId: string;
  readonly bootId: string;
  readonly clock: Clock;
  readonly publish: PublishEvent;
  readonly redact: (text: string) => string;
  readonly hides: HidesOutput;
  readonly random: () => number;
  readonly queue: StartQueue;
  readonly starter: ProcessStarter;
  readonly watcher: ProcessWatch;
  readonly exits: ExitBook;
  readonly writer: RecordWriter;
  readonly census: ProcessCensus;
  readonly machine: MachineGauge;
  readonly look: SharedLook;
  readonly strays: StraySweep;
  /** The group that decides what follows the ends of a process; undefined: its own policy does. */
  readonly groupOf?: (id: string) => MemberOfGroup | undefined;
  /** Opens the logs and makes the limits of a specification. */
  readonly prepare: PrepareKit;
  /** What a start that nobody ordered follows. */
  readonly renew: RenewSpec;
  readonly lines: TurnLines;
  /** Whether spares may be started: not before the fleet is. */
  readonly maySpare: () => boolean;
}
