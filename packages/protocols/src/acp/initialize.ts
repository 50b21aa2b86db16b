import type { Readable, Writable } from 'node:stream';
import type { Clock, ProbeResult } from '@dreamnet/contracts';
import { beginWait } from '@dreamnet/kit';
import { CLIENT_INFO } from '../client-info.js';
import { isRecord, type JsonRecord, parseJson } from '../json-rpc/json.js';
import { type RpcMessage, readRpcMessage } from '../json-rpc/messages.js';
import { readPacedLines } from '../lines/paced-lines.js';

/** The stable revision; an agent that knows only others answers with the one it wants. */
const PROTOCOL_VERSION = 1;
const REQUEST_ID = 1;
const LINE_LIMIT_BYTES = 1024 * 1024;

/** What the handshake is made with. */
export interface AcpHandshakeOptions {
  clock: Clock;
  /** For the whole of it, the agent's own start included. */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * One `initialize` round trip with an ACP agent over its pipes. It opens no session and sends no prompt, so no model is
 * called. The process belongs to whoever started it.
 *
 * @returns `ok` when it answered with a protocol version; never throws.
 * @source Agent Client Protocol 1, initialization
 */
export function initializeAcp(
  streams: { stdin: Writable; stdout: Readable },
  options: AcpHandshakeOptions,
): Promise<ProbeResult> {
  const { clock, timeoutMs, signal } = options;
  const startedMs = clock.monotonic();
  return new Promise((resolve) => {
    let otherLines = 0;
    const settle = (verdict: Verdict, more: object = {}): void => {
      endWait();
      signal.removeEventListener('abort', onAbort);
      lines.stop();
      streams.stdout.off('error', onEnd);
      const evidence = { asked: 'initialize', ...(otherLines > 0 && { otherLines }), ...more };
      resolve({ ...verdict, latencyMs: clock.monotonic() - startedMs, evidence });
    };
    const fail = (reason: string): void => settle({ ok: false, isAnswered: false, reason });
    const onAbort = (): void => fail("cancelled before 'initialize' was answered");
    const onEnd = (): void => fail("it closed its output before it answered 'initialize'");
    const noteOther = (): void => {
      otherLines += 1;
    };
    const lines = readPacedLines(streams.stdout, {
      ...{ clock, limitBytes: LINE_LIMIT_BYTES, onEnd, onOther: noteOther, onOversized: noteOther },
      onHeld: () => undefined,
      onLine: (line) => {
        const message = readRpcMessage(parseJson(line));
        if (isReply(message)) {
          settle(...judge(message));
          return 'answer';
        }
        otherLines += 1;
        return message.kind === 'invalid' ? 'noise' : 'message';
      },
    });
    const late = (): void =>
      fail(`no answer to 'initialize' within ${timeoutMs} ms${besides(lines.noise())}`);
    const endWait = beginWait(clock, timeoutMs, late);
    streams.stdout.once('error', onEnd);
    // A pipe that breaks while we write shows as the end of the output.
    streams.stdin.once('error', onEnd);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    streams.stdin.write(`${JSON.stringify(request())}\n`);
  });
}

type Verdict = Pick<ProbeResult, 'ok' | 'isAnswered' | 'reason'>;
type RpcAnswer = Extract<RpcMessage, { kind: 'result' | 'error' }>;

function isReply(message: RpcMessage): message is RpcAnswer {
  return (message.kind === 'result' || message.kind === 'error') && message.id === REQUEST_ID;
}

function besides(noise: string): string {
  return noise === '' ? '' : `; its output was ${noise}`;
}

function request(): JsonRecord {
  const params = {
    protocolVersion: PROTOCOL_VERSION,
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    clientInfo: { ...CLIENT_INFO, title: 'DreamNet OS' },
  };
  return { jsonrpc: '2.0', id: REQUEST_ID, method: 'initialize', params };
}

function judge(message: RpcAnswer): [Verdict, object] {
  if (message.kind === 'error') return [{ ok: false, isAnswered: true, reason: refusal(message.error) }, {}];
  const result = isRecord(message.result) ? message.result : {};
  const { protocolVersion } = result;
  if (typeof protocolVersion !== 'number')
    return [{ ok: false, isAnswered: true, reason: "answered 'initialize' without a protocol version" }, {}];
  const info = isRecord(result.agentInfo) ? result.agentInfo : {};
  const agent = [info.name, info.version].filter((word) => typeof word === 'string').join(' ');
  return [
    { ok: true, isAnswered: true, reason: `answered 'initialize', ACP ${protocolVersion}` },
    { protocolVersion, ...(agent !== '' && { agent: agent.slice(0, 100) }) },
  ];
}

function refusal({ code, message }: { code: number; message: string }): string {
  return `answered 'initialize' with error ${code}: ${message}`;
}
