import { isRecord, type JsonRecord } from '../json-rpc/json.js';
import type { A2aPart, A2aReply, A2aTaskState } from './wire.js';

/** Where a task stands for someone who waits for it. */
export type A2aTaskPhase = 'running' | 'done' | 'interrupted';

/** `interrupted` tasks wait for somebody outside and do not go on by themselves. */
export const TASK_PHASES = {
  submitted: 'running',
  working: 'running',
  unknown: 'running',
  completed: 'done',
  failed: 'done',
  canceled: 'done',
  rejected: 'done',
  input_required: 'interrupted',
  auth_required: 'interrupted',
} as const satisfies Record<A2aTaskState, A2aTaskPhase>;

/** A state word of either revision in our spelling; a word nobody knows is `unknown`, which counts as running. */
export function readTaskState(word: unknown): A2aTaskState {
  if (typeof word !== 'string') return 'unknown';
  const plain = word
    .replace(/^TASK_STATE_/, '')
    .toLowerCase()
    .replaceAll('-', '_');
  return Object.hasOwn(TASK_PHASES, plain) ? (plain as A2aTaskState) : 'unknown';
}

/** The texts among some parts, joined by newlines. */
export function textOf(parts: readonly A2aPart[]): string {
  return parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
}

/** Every part of a list as it came, read by the revision's `readPart`; what is no list has none. */
export function readParts(value: unknown, readPart: (part: JsonRecord) => A2aPart): A2aPart[] {
  return (Array.isArray(value) ? value : []).filter(isRecord).map(readPart);
}

/** `metadata` of several objects as one; of two that say the same thing the first one counts. */
export function readMetadata(...objects: readonly unknown[]): JsonRecord {
  const found = objects.flatMap((object) =>
    isRecord(object) && isRecord(object.metadata) ? [object.metadata] : [],
  );
  return Object.assign({}, ...found.reverse());
}

/** A task of either revision: they differ in their parts only. The artifacts are the output, else the status message. */
export function readTaskReply(
  value: unknown,
  readPart: (part: JsonRecord) => A2aPart,
): (A2aReply & { kind: 'task' }) | undefined {
  if (!isRecord(value) || typeof value.id !== 'string' || !isRecord(value.status)) return undefined;
  const { status } = value;
  const message = isRecord(status.message) ? readParts(status.message.parts, readPart) : [];
  const artifacts = Array.isArray(value.artifacts) ? value.artifacts.filter(isRecord) : [];
  const parts = artifacts.flatMap((artifact) => readParts(artifact.parts, readPart));
  return {
    kind: 'task',
    taskId: value.id,
    state: readTaskState(status.state),
    parts: parts.length > 0 ? parts : message,
    statusText: textOf(message),
    // The task's own first: what an artifact used is a part of that.
    metadata: readMetadata(value, status.message, ...artifacts),
  };
}
