import { createHash } from 'node:crypto';
import type { HealthReport } from '@dreamnet/contracts';
import { type OnMisfit, plainText } from './report-limits.js';

/** The daemon looks at so many calls of a report. */
const MOST_CALLS = 100;
/** The daemon refuses a report with more: the others go with the next one. */
const MOST_METRICS = 1000;
/** With more names waiting each has something in it that is no name, such as an id. */
const MOST_WAITING = 10_000;
const DIGEST_LETTERS = 16;

/** Calls of tools and metrics that no report has told yet. */
export interface Untold {
  addCall(name: string, args: unknown): void;
  /** @param name As the daemon takes it. */
  setMetric(name: string, value: number): void;
  /** What the next report tells of them; they count as told. */
  take(): Pick<HealthReport, 'calls' | 'metrics'>;
  /** The report did not arrive: they go with the next one. */
  giveBack(report: Pick<HealthReport, 'calls' | 'metrics'>): void;
}

/** Nothing to tell yet. */
export function createUntold(onMisfit: OnMisfit): Untold {
  const metrics = new Map<string, number>();
  let calls: string[] = [];
  return {
    addCall: (name, args) => {
      calls = [...calls, signatureOf(name, args)].slice(-MOST_CALLS);
    },
    setMetric: (name, value) => {
      if (metrics.size < MOST_WAITING || metrics.has(name)) metrics.set(name, value);
      else onMisfit({ field: 'metric', why: 'ten thousand others wait: it is left out', found: `'${name}'` });
    },
    take: () => {
      const told = calls.map((signature) => ({ signature }));
      const figures = Object.fromEntries([...metrics].slice(0, MOST_METRICS));
      calls = [];
      for (const name of Object.keys(figures)) metrics.delete(name);
      return {
        ...(told.length > 0 && { calls: told }),
        ...(Object.keys(figures).length > 0 && { metrics: figures }),
      };
    },
    giveBack: (report) => {
      const before = (report.calls ?? []).map(({ signature }) => signature);
      calls = [...before, ...calls].slice(-MOST_CALLS);
      for (const [name, value] of Object.entries(report.metrics ?? {}))
        if (!metrics.has(name)) metrics.set(name, value);
    },
  };
}

/** What a tool is called with may be private; that it is the same again is not. */
function signatureOf(name: string, args: unknown): string {
  const digest = createHash('sha256').update(textOf(args)).digest('hex');
  return `${name}#${digest.slice(0, DIGEST_LETTERS)}`;
}

function textOf(args: unknown): string {
  try {
    return JSON.stringify(args) ?? 'undefined';
  } catch {
    return plainText(args);
  }
}
