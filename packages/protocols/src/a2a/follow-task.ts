import { DreamnetError, sleep } from '@dreamnet/kit';
import { protocolsError } from '../errors.js';
import type { A2aInterface } from './card.js';
import { type A2aConnection, badA2aAnswer, callRpc } from './connection.js';
import { TASK_PHASES } from './task-state.js';
import type { A2aReply } from './wire.js';

type TaskReply = A2aReply & { kind: 'task' };

/** Polls start close together, for short tasks, and get rarer, for long ones. */
const FIRST_POLL_MS = 10;
const SLOWEST_POLL_MS = 1000;
const POLL_GROWTH = 1.6;

/** One lost poll is no lost task; this many in a row are a lost agent, and the caller should hear of it. */
const MOST_FAILED_POLLS = 3;

const CANCEL_TIMEOUT_MS = 2000;

export interface FollowOptions {
  /** Monotonic ms by which the task must be done. */
  deadlineMs: number;
  /** The same limit as a duration, for the message. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Waits until a task is done or waits for somebody. When time is up or the caller gives up, the agent is asked to
 * cancel, without waiting for its answer.
 *
 * @throws DN_A2A_TIMEOUT, DN_A2A_CANCELLED, DN_A2A_REQUEST_FAILED, DN_HTTP_* after three lost polls.
 */
export async function followTask(
  connection: A2aConnection,
  target: A2aInterface,
  first: TaskReply & FollowOptions,
): Promise<TaskReply> {
  const { clock } = connection;
  const { taskId, signal } = first;
  let task: TaskReply = first;
  let pauseMs = FIRST_POLL_MS;
  let failures = 0;
  while (TASK_PHASES[task.state] === 'running') {
    await sleep(clock, Math.min(pauseMs, first.deadlineMs - clock.monotonic()), signal);
    const isLate = clock.monotonic() >= first.deadlineMs;
    if (isLate || signal?.aborted) {
      requestCancel(connection, target, taskId);
      const details = { taskId, timeoutMs: first.timeoutMs, delivered: true };
      throw protocolsError(isLate ? 'DN_A2A_TIMEOUT' : 'DN_A2A_CANCELLED', details);
    }
    pauseMs = Math.min(pauseMs * POLL_GROWTH, SLOWEST_POLL_MS);
    try {
      task = await getTask(connection, target, first);
      failures = 0;
    } catch (thrown) {
      const error = DreamnetError.from(thrown);
      failures += 1;
      if (error.code === 'DN_HTTP_CANCELLED' || (error.retryable && failures < MOST_FAILED_POLLS)) continue;
      throw asDelivered(error);
    }
  }
  return task;
}

/** Asks an agent to cancel a task; whether it did is not waited for, and it may have ended already. */
export function requestCancel(connection: A2aConnection, target: A2aInterface, taskId: string): void {
  const method = target.wire.methods.cancel;
  callRpc(connection, target, { method, params: { id: taskId }, timeoutMs: CANCEL_TIMEOUT_MS }).catch(
    () => undefined,
  );
}

async function getTask(
  connection: A2aConnection,
  target: A2aInterface,
  of: { taskId: string } & FollowOptions,
): Promise<TaskReply> {
  const method = target.wire.methods.get;
  const reply = await callRpc(connection, target, {
    method,
    params: { id: of.taskId },
    timeoutMs: Math.max(1, of.deadlineMs - connection.clock.monotonic()),
    ...(of.signal && { signal: of.signal }),
  });
  if (!reply.ok) {
    const { code, message } = reply.error;
    throw protocolsError('DN_A2A_REQUEST_FAILED', {
      method,
      reason: message,
      rpcCode: code,
      delivered: true,
    });
  }
  const task = target.wire.readTask(reply.result);
  if (!task) throw badA2aAnswer(target, method, 'the result is not a task');
  return task;
}

/** The agent has had the message long since: a poll that never arrived must not read as "not delivered". */
function asDelivered(error: DreamnetError): DreamnetError {
  if (error.details.delivered !== false || error.code !== 'DN_HTTP_UNREACHABLE') return error;
  return protocolsError('DN_HTTP_UNREACHABLE', { ...error.details, delivered: true }, error);
}
