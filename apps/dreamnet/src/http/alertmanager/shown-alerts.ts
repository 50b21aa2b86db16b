import type { LabelSet } from '@dreamnet/contracts';
import type { AlertGroup, DeliveredAlert } from '@dreamnet/dreamnet-os-core';
import { showInstant } from './instants.js';

/** Large enough that chunks cost little, small enough that other requests get their turn in between. */
const CHUNK_LENGTH = 128 * 1024;

/** The JSON text of a list of alerts, in pieces: a hundred thousand of them are never one text in memory. */
export function* alertChunks(alerts: Iterable<DeliveredAlert>): Generator<string> {
  yield* inChunks(pieces(alerts, showAlert));
}

/** The JSON text of a list of groups, in pieces. */
export function* groupChunks(groups: Iterable<AlertGroup>): Generator<string> {
  yield* inChunks(groupPieces(groups));
}

function* inChunks(parts: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}\n`;
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

/** Put together by hand: a listing is as long as there are alerts, and most parts of it come again and again. */
function showAlert(alert: DeliveredAlert): string {
  const { status, generatorURL } = alert;
  const source = generatorURL === '' ? '' : `,"generatorURL":${showText(generatorURL)}`;
  return `{"annotations":${showLabels(alert.annotations)},"endsAt":${showInstant(alert.endsAt)},"fingerprint":"${alert.fingerprint}","receivers":${showReceivers(alert.receivers)},"startsAt":${showInstant(alert.startsAt)},"status":{"inhibitedBy":${showIds(status.inhibitedBy)},"mutedBy":${showIds(status.mutedBy)},"silencedBy":${showIds(status.silencedBy)},"state":"${status.state}"},"updatedAt":${showInstant(alert.updatedAt)}${source},"labels":${showLabels(alert.labels)}}`;
}

function showIds(ids: readonly string[]): string {
  const [only] = ids;
  if (only === undefined) return '[]';
  return ids.length === 1 ? `[${showText(only)}]` : JSON.stringify(ids);
}

/** By hand, because a label set is a few short texts: JSON.stringify takes longer to begin than they take. */
function showLabels(labels: LabelSet): string {
  let text = '';
  for (const name in labels)
    text += `${text === '' ? '{' : ','}${showText(name)}:${showText(labels[name] ?? '')}`;
  return text === '' ? '{}' : `${text}}`;
}

/** What may not stand in a JSON text as it is; a surrogate without its other half is escaped, too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

function showText(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** There are few sets of receivers, and an alert's is the same list every time. */
let lastReceivers: { names: readonly string[]; text: string } | undefined;

function showReceivers(names: readonly string[]): string {
  if (lastReceivers?.names !== names)
    lastReceivers = { names, text: JSON.stringify(names.map((name) => ({ name }))) };
  return lastReceivers.text;
}
