import type { Clock, GapState, IntegrationGap, PublishEvent } from '@dreamnet/contracts';
import type { AlertBook } from '../boundary.js';
import { type GapFinding, gapId } from './gap-finding.js';

export interface GapBookOptions {
  clock: Clock;
  publish: PublishEvent;
  alerts: AlertBook;
}

/** The gaps that are open now. */
export interface GapBook {
  /** Compares what was found with what is known: new gaps open, those not found any more are fixed. */
  reconcile(findings: readonly GapFinding[]): void;
  get(id: string): IntegrationGap | undefined;
  byAlert(fingerprint: string): IntegrationGap | undefined;
  /** Oldest first. */
  list(): readonly IntegrationGap[];
  setState(id: string, state: GapState): void;
}

/** Fingerprint of the alert that stands for a gap. */
function alertFingerprint(gap: { fingerprint: string }): string {
  return `integration/${gap.fingerprint}`;
}

/** Makes an empty gap book. Gaps are not stored: detection finds them again, under the same ids. */
export function createGapBook({ clock, publish, alerts }: GapBookOptions): GapBook {
  const gaps = new Map<string, IntegrationGap>();
  const raise = (gap: IntegrationGap): void => {
    const { type, subsystem, severity, description, expected, observed } = gap;
    if (severity === 'info') return;
    alerts.raise({
      fingerprint: alertFingerprint(gap),
      type: 'integration',
      severity,
      subsystem,
      message: description,
      labels: { gap: type },
      evidence: { gapId: gap.id, expected, observed },
    });
  };
  const open = (finding: GapFinding, now: number): void => {
    const gap: IntegrationGap = {
      ...finding,
      id: gapId(finding.fingerprint),
      state: 'open',
      detectedAt: now,
      lastSeenAt: now,
    };
    gaps.set(gap.id, gap);
    publish('gap.detected', gap.subsystem, { gap });
    raise(gap);
  };
  const seeAgain = (known: IntegrationGap, finding: GapFinding, now: number): void => {
    const { id, state, detectedAt } = known;
    const gap: IntegrationGap = { ...finding, id, state, detectedAt, lastSeenAt: now };
    gaps.set(gap.id, gap);
    raise(gap);
  };
  const close = (gap: IntegrationGap, now: number): void => {
    gaps.delete(gap.id);
    alerts.clear(alertFingerprint(gap));
    publish('gap.fixed', gap.subsystem, { gap: { ...gap, state: 'fixed', fixedAt: now } });
  };
  return {
    reconcile: (findings) => {
      const now = clock.now();
      const found = new Map(findings.map((finding) => [gapId(finding.fingerprint), finding]));
      for (const gap of [...gaps.values()]) if (!found.has(gap.id)) close(gap, now);
      for (const [id, finding] of found) {
        const known = gaps.get(id);
        if (known) seeAgain(known, finding, now);
        else open(finding, now);
      }
    },
    get: (id) => gaps.get(id),
    byAlert: (fingerprint) => [...gaps.values()].find((gap) => alertFingerprint(gap) === fingerprint),
    list: () => [...gaps.values()],
    setState: (id, state) => {
      const gap = gaps.get(id);
      if (gap) gaps.set(id, { ...gap, state });
    },
  };
}
