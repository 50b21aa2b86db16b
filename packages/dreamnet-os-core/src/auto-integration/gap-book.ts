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
  /**
   * Compares what was found where (a subsystem, mostly) with what is known of there: new gaps open, those not found any more
   * are fixed.
   */
  reconcile(place: string, findings: readonly GapFinding[]): void;
  /** It is still there by all that is known; its alert is raised again should somebody have closed that. */
  seenAgain(id: string): void;
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
export function createGapBook(options: GapBookOptions): GapBook {
  return new Book(options);
}

class Book implements GapBook {
  readonly #options: GapBookOptions;
  readonly #gaps = new Map<string, IntegrationGap>();
  /** Ids by the place they were found at. */
  readonly #places = new Map<string, ReadonlySet<string>>();
  /** Ids by the fingerprint of the alert. */
  readonly #alerts = new Map<string, string>();

  constructor(options: GapBookOptions) {
    this.#options = options;
  }

  reconcile(place: string, findings: readonly GapFinding[]): void {
    const before = this.#places.get(place);
    if (!before && findings.length === 0) return;
    const now = this.#options.clock.now();
    const found = new Map(findings.map((finding) => [gapId(finding.fingerprint), finding]));
    if (found.size === 0) this.#places.delete(place);
    else this.#places.set(place, new Set(found.keys()));
    for (const id of before ?? []) {
      const gap = this.#gaps.get(id);
      if (gap && !found.has(id)) this.#close(gap, now);
    }
    for (const [id, finding] of found) {
      const known = this.#gaps.get(id);
      if (known) this.#seeAgain(known, finding, now);
      else this.#open({ ...finding, id, state: 'open', detectedAt: now, lastSeenAt: now });
    }
  }

  seenAgain(id: string): void {
    const gap = this.#gaps.get(id);
    if (gap) this.#seeAgain(gap, gap, this.#options.clock.now());
  }

  get(id: string): IntegrationGap | undefined {
    return this.#gaps.get(id);
  }

  byAlert(fingerprint: string): IntegrationGap | undefined {
    return this.#gaps.get(this.#alerts.get(fingerprint) ?? '');
  }

  list(): readonly IntegrationGap[] {
    return [...this.#gaps.values()];
  }

  setState(id: string, state: GapState): void {
    const gap = this.#gaps.get(id);
    if (gap) this.#gaps.set(id, { ...gap, state });
  }

  #open(gap: IntegrationGap): void {
    this.#gaps.set(gap.id, gap);
    this.#alerts.set(alertFingerprint(gap), gap.id);
    this.#options.publish('gap.detected', gap.subsystem, { gap });
    this.#raise(gap);
  }

  #seeAgain(known: IntegrationGap, finding: GapFinding, now: number): void {
    const { id, state, detectedAt } = known;
    const gap: IntegrationGap = { ...finding, id, state, detectedAt, lastSeenAt: now };
    this.#gaps.set(id, gap);
    this.#raise(gap);
  }

  #close(gap: IntegrationGap, now: number): void {
    this.#gaps.delete(gap.id);
    this.#alerts.delete(alertFingerprint(gap));
    this.#options.alerts.clear(alertFingerprint(gap));
    this.#options.publish('gap.fixed', gap.subsystem, { gap: { ...gap, state: 'fixed', fixedAt: now } });
  }

  #raise(gap: IntegrationGap): void {
    const { type, subsystem, severity, description, expected, observed } = gap;
    if (severity === 'info') return;
    this.#options.alerts.raise({
      fingerprint: alertFingerprint(gap),
      type: 'integration',
      severity,
      subsystem,
      message: description,
      labels: { gap: type },
      evidence: { gapId: gap.id, expected, observed },
    });
  }
}
