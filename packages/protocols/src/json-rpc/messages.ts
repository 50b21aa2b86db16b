import { cutText } from '@dreamnet/kit';
import { TOLD_LIMITS } from '../errors.js';
import { isRecord, type JsonRecord } from './json.js';

/** Code of "no such method" (JSON-RPC 2.0 §5.1). */
export const METHOD_NOT_FOUND = -32601;

/** Code of "these params are not the method's" (JSON-RPC 2.0 §5.1). */
export const INVALID_PARAMS = -32602;

/** The `error` member of a response; its message is at most 4000 characters long. */
export interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

/** One incoming message, told apart. `invalid` is anything that JSON-RPC 2.0 does not know. */
export type RpcMessage =
  | { kind: 'result'; id: string | number; result: unknown }
  | { kind: 'error'; id: string | number | null; error: RpcError }
  | { kind: 'request'; id: string | number; method: string; params: JsonRecord }
  | { kind: 'notification'; method: string; params: JsonRecord }
  | { kind: 'invalid' };

/**
 * Tells what a parsed JSON value is.
 *
 * @source JSON-RPC 2.0 §4, §5
 */
export function readRpcMessage(value: unknown): RpcMessage {
  if (!isRecord(value) || value.jsonrpc !== '2.0') return { kind: 'invalid' };
  const id = typeof value.id === 'string' || typeof value.id === 'number' ? value.id : undefined;
  if (typeof value.method === 'string') {
    const params = isRecord(value.params) ? value.params : {};
    return id === undefined
      ? { kind: 'notification', method: value.method, params }
      : { kind: 'request', id, method: value.method, params };
  }
  if ('error' in value) {
    const error = readRpcError(value.error);
    return error ? { kind: 'error', id: id ?? null, error } : { kind: 'invalid' };
  }
  return 'result' in value && id !== undefined
    ? { kind: 'result', id, result: value.result }
    : { kind: 'invalid' };
}

function readRpcError(value: unknown): RpcError | undefined {
  if (!isRecord(value) || typeof value.code !== 'number') return undefined;
  const message = typeof value.message === 'string' ? cutText(value.message, TOLD_LIMITS.text) : 'no message';
  return { code: value.code, message, ...(value.data === undefined ? {} : { data: value.data }) };
}
