import { randomUUID } from 'node:crypto';
import type { Clock, LabelMatcher, LabelSet, Silence, Store, StoreWrite } from '@dreamnet/contracts';
import { scanAll } from '@dreamnet/kit';
import { coreError } from '../../errors.js';
import type { SilenceDesk, SilenceDraft, SilenceState } from '../alert-delivery-boundary.js';
import { matcherText } from '../matchers/label-matching.js';
import { createSilenceIndex } from './silence-index.js';
import { canChange, problemOfDraft, silenceState, stateWithWindows } from './silence-rules.js';

/** The desk with what only the delivery asks of it. */
export interface SilenceDeskRoom extends SilenceDesk {
  silencing(labels: LabelSet, now: number): readonly string[];
  counts(): Readonly<Record<SilenceState, number>>;
  /** Forgets those that ended long ago. */
  prune(now: number): void;
  load(): Promise<void>;
  settled(): Promise<void>;
}

const COLLECTION = 'delivery-silences';
/** Ended silences can be looked up so long. @source Alertmanager's data.retention */
const KEPT_MS = 120 * 3_600_000;
/** Active ones first: they are what somebody looks for. */
const STATE_ORDER: Readonly<Record<SilenceState, number>> = { active: 0, pending: 1, expired: 2 };

/** Keeps the silences; without a store in memory only. */
export function createSilenceDesk(options: { clock: Clock; store?: Store }): SilenceDeskRoom {
  return new StoredSilenceDesk(options.clock, options.store);
}

class StoredSilenceDesk implements SilenceDeskRoom {
  private readonly silences = new Map<string, Silence>();
  private readonly index = createSilenceIndex();
  private readonly clock: Clock;
  private readonly store: Store | undefined;
  /** Changes one after another: what is answered first is in the store first. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock, store: Store | undefined) {
    this.clock = clock;
    this.store = store;
  }

  set(draft: SilenceDraft): Promise<Silence> {
    return this.oneByOne(() => this.change(draft));
  }

  expire(id: string): Promise<boolean> {
    return this.oneByOne(async () => {
      const silence = this.silences.get(id);
      const now = this.clock.now();
      if (!silence || silenceState(silence, now) === 'expired') return false;
      await this.keep([endedAt(silence, now)]);
      return true;
    });
  }

  get(id: string): Silence | undefined {
    return this.silences.get(id);
  }

  stateOf(silence: Silence): SilenceState {
    return stateWithWindows(silence, this.clock.now());
  }

  list(matchers: readonly LabelMatcher[] = []): readonly Silence[] {
    const now = this.clock.now();
    return [...this.silences.values()]
      .filter((silence) => isAskedFor(silence, matchers))
      .map((silence) => ({ silence, rank: STATE_ORDER[stateWithWindows(silence, now)] }))
      .sort((a, b) => a.rank - b.rank || b.silence.endsAt - a.silence.endsAt)
      .map(({ silence }) => silence);
  }

  silencing(labels: LabelSet, now: number): readonly string[] {
    return this.index.silencing(labels, now);
  }

  counts(): Readonly<Record<SilenceState, number>> {
    const counts = { pending: 0, active: 0, expired: 0 };
    const now = this.clock.now();
    for (const silence of this.silences.values()) counts[stateWithWindows(silence, now)] += 1;
    return counts;
  }

  prune(now: number): void {
    const gone: StoreWrite[] = [];
    for (const silence of this.silences.values()) {
      if (silence.endsAt <= now) this.index.remove(silence.id);
      // The wall clock was ahead for a while and is set back: what had ended has not.
      else if (!this.index.has(silence.id)) this.index.put(silence);
      if (silence.endsAt + KEPT_MS > now) continue;
      this.silences.delete(silence.id);
      gone.push({ op: 'delete', collection: COLLECTION, key: silence.id });
    }
    // A failure leaves them in the store: they are dropped when they are read back.
    if (gone.length > 0) this.oneByOne(async () => this.store?.commit(gone)).catch(() => undefined);
  }

  async load(): Promise<void> {
    if (!this.store) return;
    for await (const { value } of scanAll(this.store, COLLECTION)) this.takeStored(value);
  }

  async settled(): Promise<void> {
    await this.last;
  }

  private takeStored(value: unknown): void {
    const silence = value as Silence;
    if (problemOfDraft(silence) === undefined && silence.endsAt + KEPT_MS > this.clock.now())
      this.hold(silence);
  }

  private async change(draft: SilenceDraft): Promise<Silence> {
    const now = this.clock.now();
    const problem = problemOfDraft(draft);
    if (problem !== undefined) throw coreError('DN_CORE_SILENCE_INVALID', { problem });
    const known = draft.id ? this.silences.get(draft.id) : undefined;
    if (draft.id && !known) throw coreError('DN_CORE_SILENCE_UNKNOWN', { id: draft.id });
    if (known && canChange(known, draft, now)) {
      const changed = silenceOf(draft, { id: known.id, startsAt: draft.startsAt, now });
      await this.keep([changed]);
      return changed;
    }
    const made = silenceOf(draft, { id: randomUUID(), startsAt: Math.max(draft.startsAt, now), now });
    if (made.endsAt <= made.startsAt)
      throw coreError('DN_CORE_SILENCE_INVALID', { problem: 'its end is in the past or where it starts' });
    const isOver = known === undefined || silenceState(known, now) === 'expired';
    await this.keep(isOver ? [made] : [endedAt(known, now), made]);
    return made;
  }

  /** In the store first: what could not be kept does not hold, and whoever asked hears of it. */
  private async keep(silences: readonly Silence[]): Promise<void> {
    await this.store?.commit(
      silences.map((value) => ({ op: 'put', collection: COLLECTION, key: value.id, value })),
    );
    for (const silence of silences) this.hold(silence);
  }

  private hold(silence: Silence): void {
    this.silences.set(silence.id, silence);
    if (silenceState(silence, this.clock.now()) === 'expired') this.index.remove(silence.id);
    else this.index.put(silence);
  }

  private oneByOne<T>(change: () => Promise<T>): Promise<T> {
    const result = this.last.then(change);
    this.last = result.catch(() => undefined);
    return result;
  }
}

function silenceOf(draft: SilenceDraft, as: { id: string; startsAt: number; now: number }): Silence {
  const { matchers, endsAt, createdBy, comment, windows } = draft;
  const base = { id: as.id, matchers, startsAt: as.startsAt, endsAt, updatedAt: as.now, createdBy, comment };
  return windows === undefined || windows.length === 0 ? base : { ...base, windows };
}

/** One that has not begun ends where it begins. */
function endedAt(silence: Silence, now: number): Silence {
  return { ...silence, startsAt: Math.min(silence.startsAt, now), endsAt: now, updatedAt: now };
}

/** The silence has each of the matchers that are asked for, word for word. @source Alertmanager's API */
function isAskedFor(silence: Silence, wanted: readonly LabelMatcher[]): boolean {
  const own = new Set(silence.matchers.map(matcherText));
  return wanted.every((matcher) => own.has(matcherText(matcher)));
}
