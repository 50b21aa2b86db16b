import { createId, DreamnetError } from '@dreamnet/kit';
import { SHORT_ANSWER_LIMIT_BYTES } from '../client-info.js';
import { METHOD_NOT_FOUND } from '../json-rpc/messages.js';
import type { RpcReply } from '../json-rpc/pending-requests.js';
import type { A2aInterface } from './card.js';
import { type A2aConnection, type A2aWait, callRpc } from './connection.js';

/** A2A codes by which a working agent says "no such task" and "I do not offer this". */
const TASK_NOT_FOUND = -32001;
const UNSUPPORTED_OPERATION = -32004;

/** One answered question: what was asked and whether the answer proves that requests are worked on. */
export interface RpcProof {
  asked: string;
  ok: boolean;
  reason: string;
}

/**
 * Asks the agent's request handler something without effect. A card may come from a static file while the handler is
 * wedged, so the card alone proves little. `ListTasks` (one entry) where it exists and is short; else a task that cannot exist is
 * asked for, and "not found" is the good answer.
 *
 * @throws DN_HTTP_*, DN_A2A_BAD_ANSWER when there is no answer.
 */
export async function proveRpc(
  connection: A2aConnection,
  target: A2aInterface,
  { timeoutMs, signal }: A2aWait,
): Promise<RpcProof> {
  const wait: A2aWait = { timeoutMs, ...(signal && { signal }), limitBytes: SHORT_ANSWER_LIMIT_BYTES };
  const { list, get } = target.wire.methods;
  let besides = '';
  if (list !== undefined) {
    const asked = callRpc(connection, target, { ...wait, method: list, params: { pageSize: 1 } });
    const reply = await asked.catch(tooMuch);
    if (typeof reply === 'string') besides = `; ${list}: ${reply}`;
    else if (reply.ok || !isNotOffered(reply)) return judge(list, reply);
  }
  const params = { id: createId('no-such-task') };
  const reply = await callRpc(connection, target, { ...wait, method: get, params });
  if (!reply.ok && reply.error.code === TASK_NOT_FOUND)
    return { asked: `${get} of a task that does not exist`, ok: true, reason: `answered '${get}'${besides}` };
  const proof = judge(get, reply);
  return { ...proof, reason: `${proof.reason}${besides}` };
}

/** One task may be large, and some agents list them all: that says nothing of whether they work. @returns how much it was, in words */
function tooMuch(thrown: unknown): string {
  const error = DreamnetError.from(thrown);
  if (error.code !== 'DN_HTTP_BODY_TOO_LARGE') throw error;
  return String(error.details.reason);
}

function isNotOffered(reply: RpcReply & { ok: false }): boolean {
  return reply.error.code === METHOD_NOT_FOUND || reply.error.code === UNSUPPORTED_OPERATION;
}

function judge(method: string, reply: RpcReply): RpcProof {
  if (reply.ok) return { asked: method, ok: true, reason: `answered '${method}'` };
  const { code, message } = reply.error;
  return { asked: method, ok: false, reason: `answered '${method}' with error ${code}: ${message}` };
}
