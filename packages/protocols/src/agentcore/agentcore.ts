import { randomUUID } from 'node:crypto';
import type { Clock, Probe, ProbeResult } from '@dreamnet/contracts';
import type { HttpAnswer } from '../http/exchange.js';
import { judgedProbe } from '../http/http-probe.js';
import { type InvokeHttpOptions, invokeHttp } from '../http/invoke-http.js';
import { depthProblem, isRecord, parseJson } from '../json-rpc/json.js';

/** As much of a foreign state as goes into a reason. */
const SHOWN = 60;

/** The two states of the contract, and whether work is in flight in each. */
const BUSY_IN: ReadonlyMap<unknown, boolean> = new Map([
  ['Healthy', false],
  ['HealthyBusy', true],
]);

/** What a probe of `/ping` is made with. */
export interface AgentcoreProbeOptions {
  /** Default 1000. */
  timeoutMs?: number;
  clock?: Clock;
}

/** What a call of `/invocations` is made with. */
export interface AgentcoreInvokeOptions extends Omit<InvokeHttpOptions, 'headers'> {
  /** Told to the agent, which may serve several. */
  capability?: string;
  /** 33 to 256 characters. Default one of its own for each call. */
  sessionId?: string;
}

/**
 * A probe by AgentCore's container contract: `GET /ping` says `Healthy`, or `HealthyBusy` while work is in flight, and
 * `time_of_last_update` when that last moved. Never throws.
 *
 * @param endpoint Where the agent listens, without a path.
 * @throws DN_HTTP_BAD_URL at once, when the address is none.
 * @source the AgentCore Runtime HTTP protocol contract
 */
export function agentcoreProbe(endpoint: string, options: AgentcoreProbeOptions = {}): Probe {
  return judgedProbe({ ...options, url: new URL('/ping', endpoint).href }, (answer) => ({
    verdict: judge(answer),
  }));
}

/**
 * Calls an agent by AgentCore's container contract: `POST /invocations`, with a session of its own unless one is given.
 *
 * @returns As `invokeHttp`: JSON, or the text when it is not declared as JSON, a stream of events included.
 * @throws DN_HTTP_* as `invokeHttp`.
 */
export function invokeAgentcore(
  endpoint: string,
  input: unknown,
  { capability, sessionId, ...options }: AgentcoreInvokeOptions = {},
): Promise<unknown> {
  return invokeHttp(new URL('/invocations', endpoint).href, input, {
    ...options,
    headers: {
      accept: 'application/json, text/event-stream',
      'x-amzn-bedrock-agentcore-runtime-session-id': sessionId ?? `dreamnet-${randomUUID()}`,
      ...(capability !== undefined && { 'dreamnet-capability': capability }),
    },
  });
}

function judge({ status, body }: HttpAnswer): Pick<ProbeResult, 'ok' | 'isAnswered' | 'reason' | 'work'> {
  const told = parseJson(body.toString('utf8'));
  const fields = isRecord(told) && depthProblem(told) === undefined ? told : {};
  const why = typeof fields.reason === 'string' ? `: ${fields.reason.slice(0, SHOWN)}` : '';
  if (status < 200 || status > 299)
    return { ok: false, isAnswered: true, reason: `/ping answered ${status}${why}` };
  const isBusy = BUSY_IN.get(fields.status);
  if (isBusy === undefined) {
    const said = JSON.stringify(fields.status)?.slice(0, SHOWN) ?? 'no status';
    return {
      ok: false,
      isAnswered: true,
      reason: `/ping says ${said}, neither Healthy nor HealthyBusy${why}`,
    };
  }
  const updated = fields.time_of_last_update;
  const movedAt = typeof updated === 'number' ? { movedAt: updated } : {};
  return { ok: true, isAnswered: true, reason: `/ping says ${fields.status}`, work: { isBusy, ...movedAt } };
}
