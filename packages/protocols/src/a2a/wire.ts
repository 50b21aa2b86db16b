import type { JsonRecord } from '../json-rpc/json.js';
import { wire03 } from './wire-0-3.js';
import { wire10 } from './wire-1-0.js';

/** A task's state in our words; A2A 1.0 writes `TASK_STATE_WORKING`, 0.3 `working`. */
export type A2aTaskState =
  | 'submitted'
  | 'working'
  | 'completed'
  | 'failed'
  | 'canceled'
  | 'input_required'
  | 'rejected'
  | 'auth_required'
  | 'unknown';

/** One piece of a message or artifact. */
export type A2aPart =
  | { kind: 'text'; text: string }
  | { kind: 'data'; data: unknown }
  | { kind: 'file'; file: JsonRecord };

/** What an agent answers to a message: a message at once, or a task to follow. */
export type A2aReply =
  | { kind: 'message'; parts: readonly A2aPart[]; metadata: JsonRecord }
  | {
      kind: 'task';
      taskId: string;
      state: A2aTaskState;
      parts: readonly A2aPart[];
      statusText: string;
      metadata: JsonRecord;
    };

/** The differences between the revisions, in one place each. */
export interface A2aWire {
  readonly version: '1.0' | '0.3';
  readonly methods: { send: string; get: string; cancel: string; list?: string };
  /** Params of `send`; the agent may answer with a task that still runs. */
  sendParams(messageId: string, part: A2aPart): JsonRecord;
  /** @returns undefined when the result is neither a message nor a task of this revision. */
  readReply(result: unknown): A2aReply | undefined;
  /** The result of `get` and `cancel`. */
  readTask(result: unknown): (A2aReply & { kind: 'task' }) | undefined;
}

/** The wire for a card's `protocolVersion`; undefined for a revision this client does not speak. */
export function wireFor(protocolVersion: string): A2aWire | undefined {
  if (/^1(\.|$)/.test(protocolVersion)) return wire10;
  return /^0\.[23](\.|$)/.test(protocolVersion) ? wire03 : undefined;
}
