import type { LabelSet } from '@dreamnet/contracts';
import type { AlertGroup, DeliveredAlert, DeliveredAlertStatus } from '@dreamnet/dreamnet-os-core';
import { createInstantTexts } from './instants.js';

/** Large enough that chunks cost little, small enough that other requests get their turn in between. */
const CHUNK_BYTES = 128 * 1024;
const FIRST_BYTES = 4096;
/** Of UTF-8 for one character of a text. */
const MOST_BYTES = 3;

/**
 * The JSON text of a list of alerts, in chunks: a hundred thousand of them are never one text in memory. The first chunk
 * stays as it is; each further one is written over when the next is asked for.
 */
export function* alertChunks(alerts: Iterable<DeliveredAlert>): Generator<Buffer> {
  yield* inChunks(pieces(alerts, showAlert));
}

/** The JSON text of a list of groups, in chunks like those of a list of alerts. */
export function* groupChunks(groups: Iterable<AlertGroup>): Generator<Buffer> {
  yield* inChunks(groupPieces(groups));
}

/**
 * Each part becomes bytes while it is still near: as texts, all of a chunk would be put together, kept, gone through once
 * more and copied twice on their way out, which took longer than making them.
 */
function* inChunks(parts: Iterable<string>): Generator<Buffer> {
  let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let at = 0;
  let isFirst = true;
  for (const part of parts) {
    const needed = at + part.length * MOST_BYTES + 1;
    if (needed > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, needed));
      larger.set(bytes.subarray(0, at));
      bytes = larger;
    }
    at += bytes.write(part, at);
    if (at < CHUNK_BYTES) continue;
    const chunk = bytes.subarray(0, at);
    yield isFirst ? Buffer.from(chunk) : chunk;
    isFirst = false;
    at = 0;
  }
  at += bytes.write('\n', at);
  yield bytes.subarray(0, at);
}

function* pieces<T>(items: Iterable<T>, show: (item: T) => string): Generator<string> {
  let separator = '[';
  for (const item of items) {
    yield separator + show(item);
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
}

function* groupPieces(groups: Iterable<AlertGroup>): Generator<string> {
  let separator = '[';
  for (const { alerts, groupLabels, receiver } of groups) {
    yield `${separator}{"alerts":`;
    yield* pieces(alerts, showAlert);
    yield `,"labels":${JSON.stringify(groupLabels)},"receiver":{"name":${JSON.stringify(receiver)}}}`;
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
}

const showAnnotations = createSetTexts();
const showLabels = createSetTexts();
const showEnd = createInstantTexts(',"endsAt":', ',"fingerprint":"');
const showStart = createInstantTexts('"startsAt":', ',"status":');
const showUpdate = createInstantTexts(',"updatedAt":', '');

/**
 * Put together by hand from as few pieces as can be: a listing is as long as there are alerts, most parts of it come again
 * and again, and each piece is somewhere else in memory.
 */
function showAlert(alert: DeliveredAlert): string {
  const { generatorURL, endsAt, startsAt, updatedAt } = alert;
  const source = generatorURL === '' ? '' : `,"generatorURL":${JSON.stringify(generatorURL)}`;
  return `{"annotations":${showAnnotations(alert.annotations)}${showEnd(endsAt)}${alert.fingerprint}${showReceivers(alert.receivers)}${showStart(startsAt)}${showStatus(alert.status)}${showUpdate(updatedAt)}${source},"labels":${showLabels(alert.labels)}}`;
}

let lastStatus: { status: DeliveredAlertStatus; text: string } | undefined;

/** All that nothing keeps quiet share one status. */
function showStatus(status: DeliveredAlertStatus): string {
  if (lastStatus?.status === status) return lastStatus.text;
  const { inhibitedBy, mutedBy, silencedBy, state } = status;
  const [source] = inhibitedBy;
  if (source !== undefined && inhibitedBy.length === 1 && mutedBy.length === 0 && silencedBy.length === 0)
    return `{"inhibitedBy":["${escaped(source)}"],"mutedBy":[],"silencedBy":[],"state":"suppressed"}`;
  const text = JSON.stringify({ inhibitedBy, mutedBy, silencedBy, state });
  lastStatus = { status, text };
  return text;
}

/** Shows one set of names and values after the other; the names are mostly those of the one before. */
function createSetTexts(): (set: LabelSet) => string {
  const names: string[] = [];
  /** What stands before each value: the end of the one before and the name. */
  const keys: string[] = [];
  const learn = (at: number, name: string): string => {
    const key = [at === 0 ? '{' : '",', JSON.stringify(name), ':"'].join('');
    names.length = at;
    keys.length = at;
    names.push(name);
    keys.push(key);
    return key;
  };
  return (set) => {
    let text = '';
    let at = 0;
    for (const name in set) {
      const key = names[at] === name ? keys[at] : learn(at, name);
      text += key + escaped(set[name] ?? '');
      at += 1;
    }
    return at === 0 ? '{}' : `${text}"}`;
  };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The text as it stands between quotes; a surrogate without its other half is escaped, too. */
function escaped(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === QUOTE || code === BACKSLASH || (code >= 0xd800 && code <= 0xdfff))
      return JSON.stringify(text).slice(1, -1);
  }
  return text;
}

/** There are few sets of receivers, and an alert's is the same list every time. */
let lastReceivers: { names: readonly string[]; text: string } | undefined;

function showReceivers(names: readonly string[]): string {
  if (lastReceivers?.names !== names) {
    const list = JSON.stringify(names.map((name) => ({ name })));
    lastReceivers = { names, text: ['","receivers":', list, ','].join('') };
  }
  return lastReceivers.text;
}
