import type { LabelSet } from '@dreamnet/contracts';
import type { AlertGroup, DeliveredAlert, DeliveredAlertStatus } from '@dreamnet/dreamnet-os-core';
import { JsonBytes } from './json-bytes.js';

const piece = (text: string): Buffer => Buffer.from(text);

const OPEN = 0x5b;
const NEXT = 0x2c;
const CLOSE = piece(']');
const EMPTY = piece('[]');
const END_OF_LINE = piece('\n');

/**
 * The JSON text of a list of alerts, in chunks: a hundred thousand of them are never one text in memory. Each chunk is written
 * over when the one after the next is asked for.
 *
 * @param json Where they are made; nothing else is under way there.
 */
export function* alertChunks(
  alerts: Iterable<DeliveredAlert>,
  json: JsonBytes = new JsonBytes(),
): Generator<Buffer> {
  yield* listChunks(json, alerts);
  json.piece(END_OF_LINE);
  yield json.take();
}

/** The JSON text of a list of groups, in chunks like those of a list of alerts. */
export function* groupChunks(groups: Iterable<AlertGroup>): Generator<Buffer> {
  const json = new JsonBytes();
  let separator = '[';
  for (const { alerts, groupLabels, receiver } of groups) {
    json.piece(piece(`${separator}{"alerts":`));
    yield* listChunks(json, alerts);
    const labels = JSON.stringify(groupLabels);
    json.piece(piece(`,"labels":${labels},"receiver":{"name":${JSON.stringify(receiver)}}}`));
    separator = ',';
  }
  json.piece(piece(separator === '[' ? '[]\n' : ']\n'));
  yield json.take();
}

function* listChunks(json: JsonBytes, alerts: Iterable<DeliveredAlert>): Generator<Buffer> {
  let isFirst = true;
  for (const alert of alerts) {
    json.byte(isFirst ? OPEN : NEXT);
    showAlert(json, alert);
    isFirst = false;
    if (json.isFull) yield json.take();
  }
  json.piece(isFirst ? EMPTY : CLOSE);
}

// What stands between two values that differ is one piece, whatever it belongs to: each piece costs as much as twenty bytes.
const showAnnotations = createSetBytes('{"annotations":', ',"endsAt":"');
const showLabels = createSetBytes(',"labels":', '}');
const FINGERPRINT = piece('","fingerprint":"');
const SOURCE = piece(',"generatorURL":"');
const QUOTE = 0x22;

/** Put together by hand: a listing is as long as there are alerts, and most of it comes again and again. */
function showAlert(json: JsonBytes, alert: DeliveredAlert): void {
  showAnnotations(json, alert.annotations);
  json.instant(alert.endsAt);
  json.piece(FINGERPRINT);
  json.text(alert.fingerprint);
  json.piece(receiversPiece(alert.receivers));
  json.instant(alert.startsAt);
  showStatus(json, alert.status);
  json.instant(alert.updatedAt);
  json.byte(QUOTE);
  if (alert.generatorURL !== '') {
    json.piece(SOURCE);
    json.text(alert.generatorURL);
    json.byte(QUOTE);
  }
  showLabels(json, alert.labels);
}

let lastStatus: { status: DeliveredAlertStatus; shown: Buffer } | undefined;

const INHIBITED = piece('","status":{"inhibitedBy":["');
const BY_ONE_ALONE = piece('"],"mutedBy":[],"silencedBy":[],"state":"suppressed"},"updatedAt":"');

/** All that nothing keeps quiet share one status. */
function showStatus(json: JsonBytes, status: DeliveredAlertStatus): void {
  if (lastStatus?.status === status) {
    json.piece(lastStatus.shown);
    return;
  }
  const { inhibitedBy, mutedBy, silencedBy, state } = status;
  const [source] = inhibitedBy;
  if (source !== undefined && inhibitedBy.length === 1 && mutedBy.length === 0 && silencedBy.length === 0) {
    json.piece(INHIBITED);
    json.text(source);
    json.piece(BY_ONE_ALONE);
    return;
  }
  const text = JSON.stringify({ inhibitedBy, mutedBy, silencedBy, state });
  lastStatus = { status, shown: piece(`","status":${text},"updatedAt":"`) };
  json.piece(lastStatus.shown);
}

/**
 * Shows one set of names and values after the other; the names are mostly those of the one before.
 *
 * @param before Stands before the set.
 * @param after Stands after it.
 */
function createSetBytes(before: string, after: string): (json: JsonBytes, set: LabelSet) => void {
  const empty = piece(`${before}{}${after}`);
  const close = piece(`"}${after}`);
  const names: string[] = [];
  /** What stands before each value: the end of the one before and the name. */
  const keys: Buffer[] = [];
  const learn = (at: number, name: string): Buffer => {
    const key = piece(`${at === 0 ? `${before}{` : '",'}${JSON.stringify(name)}:"`);
    names.length = at;
    keys.length = at;
    names.push(name);
    keys.push(key);
    return key;
  };
  return (json, set) => {
    let at = 0;
    for (const name in set) {
      const known = names[at] === name ? keys[at] : undefined;
      json.piece(known ?? learn(at, name));
      json.text(set[name] ?? '');
      at += 1;
    }
    json.piece(at === 0 ? empty : close);
  };
}

/** There are few sets of receivers, and an alert's is the same list every time. */
let lastReceivers: { names: readonly string[]; shown: Buffer } | undefined;

function receiversPiece(names: readonly string[]): Buffer {
  if (lastReceivers?.names !== names) {
    const list = JSON.stringify(names.map((name) => ({ name })));
    lastReceivers = { names, shown: piece(`","receivers":${list},"startsAt":"`) };
  }
  return lastReceivers.shown;
}
