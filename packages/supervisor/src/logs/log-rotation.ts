const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

/** When logs are cut and how much of what was cut stays. */
export interface LogRotation {
  /** A log longer than this is cut. Default 10 MiB. */
  readonly limitBytes: number;
  /** Old parts kept of one log, `.1` the newest. Default 3. */
  readonly keep: number;
  /** A log whose first line is older than this is cut, too. Default a day. */
  readonly everyMs: number;
  /** Old parts whose last line is older than this are removed. Default 14 days. */
  readonly keepMs: number;
  /** All logs together: the oldest old parts go first. Default 1 GiB. */
  readonly totalBytes: number;
}

export const DEFAULT_ROTATION: LogRotation = {
  limitBytes: 10 * MIB,
  keep: 3,
  everyMs: 24 * HOUR_MS,
  keepMs: 14 * 24 * HOUR_MS,
  totalBytes: 1024 * MIB,
};

/** Where the older parts of a log are, the newest `.1`. */
export function oldLogPath(path: string, number: number): string {
  return number === 0 ? path : `${path}.${number}`;
}
