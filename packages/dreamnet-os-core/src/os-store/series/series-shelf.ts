import type { SeriesName, Store, StoreWrite } from '@dreamnet/contracts';
import { createGroup, type RawRecord, type SeriesGroup } from './series-book.js';

/** Collections of the store. Groups hold names (JSON) and state (doubles); the others records of blocks. */
const GROUPS = 'series-group';
const STATES = 'series-state';
const RAW = 'series-raw';

/** What is summed up: `series-1m` by the hour, `series-1h` by the day. */
export const SUMMED = { minutes: 'series-1m', hours: 'series-1h' } as const;
export type Summed = keyof typeof SUMMED;

/** Series in one record of what is summed up: such records are read for months, so each holds few. */
export const SHARE_SLOTS = 8;

const PAGE = 1000;
const GROUP_DIGITS = 4;
const TIME_DIGITS = 9;
/** minutesUntil and hoursUntil, then per slot: stored until, first at, last value. */
const STATE_HEAD = 2;
const STATE_PER_SLOT = 3;

/** A group as it is stored. */
export interface StoredGroup {
  group: SeriesGroup;
  names: readonly SeriesName[];
  /** Per slot, in the order of the names. */
  slots: readonly { storedUntil: number; firstAt: number; lastValue: number }[];
}

/** Numbers in keys sort as text: base 36 with leading zeros. */
function digits(value: number, length: number): string {
  return Math.max(0, Math.floor(value)).toString(36).padStart(length, '0');
}

/** The key of a new record of raw blocks: its group and its time, and a number that makes it the only one. */
export function rawKey(group: SeriesGroup, from: number, to: number): string {
  const stem = `${digits(group.number, GROUP_DIGITS)}/${digits(from, TIME_DIGITS)}-${digits(to, TIME_DIGITS)}`;
  const same = group.records.filter(({ key }) => key.startsWith(stem)).length;
  return same === 0 ? stem : `${stem}-${digits(same, 2)}`;
}

/** The key of what a share of a group's series is summed up to from `startMs` on. */
export function summedKey(group: SeriesGroup, share: number, startMs: number): string {
  return `${sharePrefix(group, share)}${digits(startMs, TIME_DIGITS)}`;
}

/** Keys of one share begin with this. */
export function sharePrefix(group: SeriesGroup, share: number): string {
  return `${digits(group.number, GROUP_DIGITS)}${digits(share, 1)}/`;
}

/** When the record of such a key begins, epoch ms. */
export function startOfKey(key: string): number {
  return Number.parseInt(key.slice(key.indexOf('/') + 1).split('-')[0] ?? '', 36);
}

/** A put of raw blocks. */
export function putRaw(key: string, value: Uint8Array): StoreWrite {
  return { op: 'put', collection: RAW, key, value };
}

/** A put of what is summed up. */
export function putSummed(summed: Summed, key: string, value: Uint8Array): StoreWrite {
  return { op: 'put', collection: SUMMED[summed], key, value };
}

export function deleteRaw(key: string): StoreWrite {
  return { op: 'delete', collection: RAW, key };
}

/** The names of a group as they are now. */
export function putNames(group: SeriesGroup): StoreWrite {
  const names = group.slots.map(({ name }) => [name.subject, name.metric]);
  const key = digits(group.number, GROUP_DIGITS);
  return { op: 'put', collection: GROUPS, key, value: { kind: group.kind, names } };
}

/** What of a group's state a commit changes; the group itself changes when the store has taken it. */
type StateChange = Partial<Pick<SeriesGroup, 'storedUntil' | 'minutesUntil' | 'hoursUntil'>>;

/** How far a group is stored and summed up. @param change What will be so when this is written. */
export function putState(group: SeriesGroup, change: StateChange = {}): StoreWrite {
  const { storedUntil, minutesUntil, hoursUntil } = { ...group, ...change };
  const state = new Float64Array(STATE_HEAD + STATE_PER_SLOT * group.slots.length);
  state.set([minutesUntil, hoursUntil]);
  for (const [slot, { firstAt, lastValue }] of group.slots.entries())
    state.set(
      [storedUntil[slot] ?? Number.NEGATIVE_INFINITY, firstAt, lastValue],
      STATE_HEAD + STATE_PER_SLOT * slot,
    );
  const value = new Uint8Array(state.buffer);
  return { op: 'put', collection: STATES, key: digits(group.number, GROUP_DIGITS), value };
}

/** Every group that is stored, with the places of its records; their values are not read. */
export async function readGroups(store: Store): Promise<StoredGroup[]> {
  const found: StoredGroup[] = [];
  for await (const { key, value } of pages(store, GROUPS, {})) {
    const named = parseNames(value);
    if (named === undefined) continue;
    const group = createGroup(Number.parseInt(key, 36), named.kind);
    const state = await store.read(STATES, key);
    found.push({ group, names: named.names, slots: readState(group, named.names.length, state) });
    for await (const record of pages(store, RAW, { prefix: `${key}/`, isKeysOnly: true }))
      group.records.push(parseRawKey(record.key));
  }
  return found;
}

/** Raw records read in one go: one long read costs less than many, but holds everybody up. */
const RAW_PAGE = 16;

/** Records of raw blocks that may hold something of a span, in the order of their keys. */
export async function* readRaw(
  store: Store,
  group: SeriesGroup,
  span: { from: number; to: number },
): AsyncGenerator<{ key: string; value: unknown }> {
  const wanted = group.records.filter(({ from, to }) => from < span.to && to >= span.from);
  const prefix = `${digits(group.number, GROUP_DIGITS)}/`;
  let after: string | undefined;
  for (const [index, { key }] of wanted.entries()) {
    if (after !== undefined && key <= after) continue;
    // Most often the wanted ones lie side by side; what lies between is read in vain and given all the same.
    const limit = Math.min(RAW_PAGE, wanted.length - index);
    const page = await store.scan(RAW, { prefix, after: before(key), limit });
    yield* page;
    after = page.at(-1)?.key;
    if (after === undefined) return;
  }
}

/** A text just before a key, and after every key before it: keys end in a digit or a letter. */
function before(key: string): string {
  const last = key.codePointAt(key.length - 1) ?? 1;
  return `${key.slice(0, -1)}${String.fromCodePoint(last - 1)}~`;
}

/** Records of one share from the one that begins at or after `fromMs` to before `toMs`, in order. */
export async function* readSummed(
  store: Store,
  of: { summed: Summed; group: SeriesGroup; share: number; fromMs: number; toMs: number },
): AsyncGenerator<{ start: number; value: unknown }> {
  const { group, share, fromMs, toMs } = of;
  const prefix = sharePrefix(group, share);
  const after = fromMs <= 0 ? prefix : `${prefix}${digits(fromMs - 1, TIME_DIGITS)}~`;
  for await (const { key, value } of pages(store, SUMMED[of.summed], { prefix, after, limit: 100 })) {
    const start = startOfKey(key);
    if (start >= toMs) return;
    yield { start, value };
  }
}

/** Deletes what was summed up of one share and begins before `beforeMs`; at most one page of it. */
export async function dropSummed(
  store: Store,
  of: { summed: Summed; group: SeriesGroup; share: number; beforeMs: number },
): Promise<number> {
  const collection = SUMMED[of.summed];
  const prefix = sharePrefix(of.group, of.share);
  const keys = (await store.scan(collection, { prefix, isKeysOnly: true, limit: PAGE })).map(
    ({ key }) => key,
  );
  const old = keys.filter((key) => startOfKey(key) < of.beforeMs);
  if (old.length > 0) await store.commit(old.map((key) => ({ op: 'delete', collection, key })));
  return old.length;
}

async function* pages(
  store: Store,
  collection: string,
  options: { prefix?: string; after?: string; isKeysOnly?: boolean; limit?: number },
) {
  const { limit = PAGE } = options;
  let { after } = options;
  for (;;) {
    const page = await store.scan(collection, {
      ...options,
      limit,
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < limit) return;
  }
}

function parseNames(value: unknown): { kind: SeriesName['kind']; names: SeriesName[] } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, names } = value as { kind?: unknown; names?: unknown };
  if (!(kind === 'metric' || kind === 'score' || kind === 'status') || !Array.isArray(names))
    return undefined;
  return {
    kind,
    names: names.map(([subject, metric]) => ({ kind, subject: String(subject), metric: String(metric) })),
  };
}

function readState(group: SeriesGroup, count: number, value: unknown): StoredGroup['slots'] {
  const isUsable = value instanceof Uint8Array && value.length % 8 === 0;
  const state = isUsable ? new Float64Array(value.slice().buffer) : new Float64Array(0);
  group.minutesUntil = state[0] ?? 0;
  group.hoursUntil = state[1] ?? 0;
  return Array.from({ length: count }, (_, slot) => {
    const at = STATE_HEAD + STATE_PER_SLOT * slot;
    return {
      storedUntil: state[at] ?? Number.NEGATIVE_INFINITY,
      firstAt: state[at + 1] ?? Number.NaN,
      lastValue: state[at + 2] ?? Number.NaN,
    };
  });
}

function parseRawKey(key: string): RawRecord {
  const [from = '', to = ''] = key.slice(key.indexOf('/') + 1).split('-');
  return { key, from: Number.parseInt(from, 36), to: Number.parseInt(to, 36) };
}
