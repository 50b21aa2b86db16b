import type { HealthExplanation } from './findings.js';
import type { Liveness, Progress, Readiness } from './health.js';
import type { SupervisedPhase } from './local-process.js';
import type { DreamNetOSStatus } from './os-core.js';
import type { OSProcessDescriptor } from './os-linker.js';

/** One axis as `ps --json` and `GET /api/ps` show it. */
export interface AxisView<S extends string> {
  state: S;
  reason: string;
  ageMs: number;
}

/** One agent as `ps --json` lists it: the descriptor and what runs behind it. */
export interface PsEntry extends OSProcessDescriptor {
  pid: number | null;
  /** Epoch ms. */
  startedAt: number | null;
  restarts: number;
  phase: SupervisedPhase;
  nextAttemptAt: number | null;
  isAdopted: boolean;
  notEnforced: readonly string[];
  health: { liveness: AxisView<Liveness>; readiness: AxisView<Readiness>; progress: AxisView<Progress> };
}

/** `GET /api/status`. */
export interface StatusView extends DreamNetOSStatus {
  explanations: HealthExplanation[];
  counts: { activeAlerts: number; openIncidents: number; openGaps: number; agents: number };
  daemon: { pid: number; startedAt: number; uptimeMs: number; stateDir: string };
}
