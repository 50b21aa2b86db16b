import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AgentLog, CallHandler } from './agent-types.js';
import { NOT_JSON, readAnswer } from './answer.js';
import { messageOf, stackOf } from './report-limits.js';
import type { Work } from './work.js';

const LONGEST_BODY_BYTES = 32 * 1024 * 1024;
/** The caller's capability, when an agent serves several. */
const CAPABILITY_HEADER = 'dreamnet-capability';
/** @source the AgentCore Runtime HTTP protocol contract */
const SESSION_HEADER = 'x-amzn-bedrock-agentcore-runtime-session-id';

/** What a call server is made with. */
export interface CallServerOptions {
  readonly work: Work;
  readonly log: AgentLog;
  readonly handlers: ReadonlyMap<string, CallHandler>;
  /** Aborts every call when the agent's deadline to stop has passed. */
  readonly ending: AbortSignal;
  /** Called after each call began or ended. */
  readonly onChange: () => void;
}

/** AgentCore's container contract: `GET /ping`, `POST /invocations`. Not listening yet. */
export function createCallServer(options: CallServerOptions): Server {
  // Each call in flight listens, and their number is no leak.
  setMaxListeners(0, options.ending);
  return createServer((request, response) => {
    response.on('error', () => undefined);
    const path = request.url?.split('?', 1)[0];
    if (path === '/ping' && (request.method === 'GET' || request.method === 'HEAD')) ping(options, response);
    else if (path === '/invocations' && request.method === 'POST') void invoke(options, request, response);
    else {
      request.resume();
      refuse(response, 404, 'there are GET /ping and POST /invocations');
    }
  });
}

function ping({ work }: CallServerOptions, response: ServerResponse): void {
  const updated = { time_of_last_update: Math.floor(work.lastMovedAt / 1000) };
  if (!work.isReady) answer(response, 503, { status: 'Unhealthy', reason: work.details, ...updated });
  else answer(response, 200, { status: work.inFlight > 0 ? 'HealthyBusy' : 'Healthy', ...updated });
}

async function invoke(
  options: CallServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { work, log, handlers } = options;
  const body = await readBody(request);
  if (body === undefined) return refuse(response, 413, `a call is at most ${LONGEST_BODY_BYTES} bytes`);
  const capability = String(request.headers[CAPABILITY_HEADER] ?? onlyOne(handlers) ?? '');
  const handler = handlers.get(capability);
  if (!handler) return refuse(response, 404, `there is no '${capability}' here: ${[...handlers.keys()]}`);
  const input = parse(body);
  if (input === undefined) return refuse(response, 400, 'the body is not JSON');
  if (!work.isReady) return refuse(response, 503, work.details ?? 'it is not ready');

  const call = openCall(response, options.ending);
  const session = request.headers[SESSION_HEADER];
  work.begin();
  options.onChange();
  try {
    const output = await handler(input.value, {
      capability,
      sessionId: typeof session === 'string' ? session : undefined,
      signal: call.signal,
    });
    const told = readAnswer(output);
    if ('why' in told) {
      log.error(`${capability} failed: ${told.why}`, { code: NOT_JSON });
      answer(response, 500, { error: { code: NOT_JSON, message: told.why } });
    } else if (told.json === undefined) response.writeHead(204).end();
    else send(response, 200, told.json);
  } catch (thrown) {
    const [why, stack] = [messageOf(thrown), stackOf(thrown)];
    log.error(`${capability} failed: ${why}`, stack === undefined ? {} : { stack });
    refuse(response, 500, why);
  } finally {
    call.end();
    work.end();
    options.onChange();
  }
}

/** What cancels a call; once it has ended the agent's own end is not told to it, which would keep every call in memory. */
function openCall(response: ServerResponse, ending: AbortSignal): { signal: AbortSignal; end: () => void } {
  const cancelled = new AbortController();
  const cancel = () => cancelled.abort();
  // An answer that was handed over whole closes, too.
  response.on('close', () => (response.writableFinished ? undefined : cancel()));
  if (ending.aborted) cancel();
  ending.addEventListener('abort', cancel);
  return { signal: cancelled.signal, end: () => ending.removeEventListener('abort', cancel) };
}

/** @returns Undefined when it is longer than what is taken; the rest is read and dropped, so that the answer arrives. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      if (size <= LONGEST_BODY_BYTES) parts.push(part);
    }
  } catch {
    // The caller went away in the middle: what came of its body is no JSON, and nobody hears the refusal.
    return Buffer.from('{');
  }
  return size <= LONGEST_BODY_BYTES ? Buffer.concat(parts) : undefined;
}

function parse(body: Buffer): { value: unknown } | undefined {
  if (body.length === 0) return { value: null };
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch {
    return undefined;
  }
}

function onlyOne(handlers: ReadonlyMap<string, CallHandler>): string | undefined {
  return handlers.size === 1 ? [...handlers.keys()][0] : undefined;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (!response.headersSent) answer(response, status, { error: { message } });
}

function answer(response: ServerResponse, status: number, value: object): void {
  send(response, status, JSON.stringify(value));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
