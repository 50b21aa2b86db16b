import type {
  Domain,
  GlobalHealthScores,
  HealthTerm,
  ScoreReason,
  Store,
  StoreWrite,
} from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { HealthEngine, RoomOptions } from '../boundary.js';

export interface ScoreReasonsOptions extends RoomOptions {
  engine: Pick<HealthEngine, 'explain' | 'summaries'>;
  /** How long reasons are kept, ms. */
  keepMs: number;
}

/** What pulled a domain's score down, noted whenever the score changed. */
export interface ScoreReasons {
  /** Looks whether a score changed since it was last noted; epoch ms. */
  note(at: number, scores: GlobalHealthScores): void;
  /**
   * The changes of a stretch of time, oldest first, beginning with the one that was in force at its begin.
   * At most 200, the newest. Without a store the newest of this process.
   */
  between(domain: Domain, fromMs: number, toMs: number): Promise<ScoreReason[]>;
  settled(): Promise<void>;
}

const COLLECTION = 'score-reasons';
const MOST_TERMS = 3;
const MOST_ANSWERED = 200;
const KEPT_IN_MEMORY = 200;
/** A smaller change is not worth a record. */
const CHANGE = 0.001;
/** All terms are looked through for the largest ones: with more subsystems that would hold everybody up. */
const MOST_SUBSYSTEMS = 5000;
const DIGITS = 9;
const LAST_MS = 36 ** DIGITS - 1;
/** Old ones are looked for after so many new ones. */
const TRIM_EVERY = 50;
const DOMAINS = Object.keys(DOMAIN_FACTORS) as Domain[];

/** Makes the notes; nothing is read before somebody asks. */
export function createScoreReasons(options: ScoreReasonsOptions): ScoreReasons {
  const { engine, store, publish } = options;
  const newest = new Map<Domain, ScoreReason[]>();
  let writing: Promise<void> = Promise.resolve();
  let noted = 0;
  const keep = async (domain: Domain, reason: ScoreReason): Promise<void> => {
    if (store === undefined) return;
    noted += 1;
    const writes: StoreWrite[] = [
      { op: 'put', collection: COLLECTION, key: keyOf(domain, reason.at), value: reason },
    ];
    try {
      if (noted % TRIM_EVERY === 1)
        writes.push(...(await outdated(store, domain, reason.at - options.keepMs)));
      await store.commit(writes);
    } catch (thrown) {
      const { message } = DreamnetError.from(thrown);
      publish('store.failed', COLLECTION, { operation: 'note why a score changed', error: message });
    }
  };
  return {
    note: (at, scores) => {
      if (engine.summaries().length > MOST_SUBSYSTEMS) return;
      for (const domain of DOMAINS) {
        const score = scores[`${domain}Health`];
        const known = newest.get(domain) ?? [];
        const last = known.at(-1);
        if (last !== undefined && Math.abs(last.score - score) < CHANGE) continue;
        const reason = { at, score, terms: worstTerms(engine.explain(domain).terms) };
        newest.set(domain, [...known.slice(1 - KEPT_IN_MEMORY), reason]);
        writing = writing.then(() => keep(domain, reason));
      }
    },
    between: async (domain, fromMs, toMs) => {
      if (store === undefined) return inForce(newest.get(domain) ?? [], fromMs, toMs);
      await writing;
      return inForce(await readBefore(store, domain, toMs), fromMs, toMs);
    },
    settled: () => writing,
  };
}

/** Newest first: a scan goes upwards, and what is asked for is the newest before a moment. */
function keyOf(domain: Domain, at: number): string {
  return `${domain}/${Math.max(0, LAST_MS - Math.floor(at))
    .toString(36)
    .padStart(DIGITS, '0')}`;
}

function worstTerms(terms: readonly HealthTerm[]): ScoreReason['terms'] {
  return terms
    .filter(({ loss }) => loss > 0)
    .sort((a, b) => b.loss - a.loss)
    .slice(0, MOST_TERMS)
    .map(({ factor, source, loss, reason }) => ({ factor, source, loss, reason }));
}

async function readBefore(store: Store, domain: Domain, toMs: number): Promise<ScoreReason[]> {
  const found = await store.scan(COLLECTION, {
    prefix: `${domain}/`,
    after: keyOf(domain, toMs),
    limit: MOST_ANSWERED,
  });
  return found
    .map(({ value }) => value)
    .filter(isReason)
    .reverse();
}

/** @param reasons Oldest first. */
function inForce(reasons: readonly ScoreReason[], fromMs: number, toMs: number): ScoreReason[] {
  const first = reasons.findLastIndex(({ at }) => at <= fromMs);
  return reasons.slice(Math.max(0, first)).filter(({ at }) => at < toMs);
}

async function outdated(store: Store, domain: Domain, beforeMs: number): Promise<StoreWrite[]> {
  const old = await store.scan(COLLECTION, {
    prefix: `${domain}/`,
    after: keyOf(domain, beforeMs),
    isKeysOnly: true,
  });
  return old.map(({ key }) => ({ op: 'delete', collection: COLLECTION, key }));
}

function isReason(value: unknown): value is ScoreReason {
  if (typeof value !== 'object' || value === null) return false;
  const { at, score, terms } = value as Partial<ScoreReason>;
  return typeof at === 'number' && typeof score === 'number' && Array.isArray(terms);
}
