/** The shapes of the OS Core specification (`spec/os-core.md`). Names and fields are the specification's. */

/** Version of the running DreamNet OS. */
export interface DreamNetVersionInfo {
  major: number;
  minor: number;
  patch: number;
  label?: string;
}

export type SubsystemStatus = 'ok' | 'warn' | 'error' | 'unknown';

/** One subsystem in one line. `lastUpdatedAt` is epoch milliseconds of the newest evidence. */
export interface SubsystemSummary {
  name: string;
  status: SubsystemStatus;
  details?: string;
  lastUpdatedAt?: number;
}

/** Four scores, each 0 (nothing works) to 1 (everything works). A domain without data is 0.5. */
export interface GlobalHealthScores {
  infraHealth: number;
  economyHealth: number;
  socialHealth: number;
  dreamPipelineHealth: number;
}

export interface DreamNetOSSnapshot {
  version: DreamNetVersionInfo;
  heartbeatAt: number;
  globalHealth: GlobalHealthScores;
  subsystems: SubsystemSummary[];
}

export interface DreamNetOSStatus {
  lastRunAt: number | null;
  snapshot: DreamNetOSSnapshot;
}
