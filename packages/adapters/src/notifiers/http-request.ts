import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import type { RevealedAccess } from './http-access.js';

/** What a receiver answered. `text` is the beginning of its body, on one line. */
export interface HttpAnswer {
  status: number;
  text: string;
  headers: IncomingMessage['headers'];
}

export interface HttpRequest {
  url: URL;
  body: string;
  headers: Readonly<Record<string, string>>;
  tls: RevealedAccess['tls'];
}

/** Makes POST requests over connections that are kept. */
export interface HttpConnections {
  post(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
}

/** Enough of an answer to explain a refusal; a receiver that sends more is cut off. */
const ANSWER_LIMIT_BYTES = 2048;
/** Connections kept open between notifications; more are opened while more are under way. */
const KEPT_CONNECTIONS = 8;

/** Connections of one receiver. They are closed by the receiver or with the process, and hold neither up. */
export function createHttpConnections(): HttpConnections {
  const settings = { keepAlive: true, maxFreeSockets: KEPT_CONNECTIONS };
  const agents = { 'http:': new Agent(settings), 'https:': new TlsAgent(settings) };
  const post = (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const send = request.url.protocol === 'https:' ? httpsRequest : httpRequest;
      const client = send(request.url, {
        method: 'POST',
        agent: agents[request.url.protocol === 'https:' ? 'https:' : 'http:'],
        headers: {
          'content-type': 'application/json',
          'user-agent': 'dreamnet',
          'content-length': Buffer.byteLength(request.body),
          ...request.headers,
        },
        ...request.tls,
      });
      const abort = () => client.destroy();
      const settle = () => signal.removeEventListener('abort', abort);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      client.on('close', settle);
      client.on('error', (error) => {
        // The receiver closed a kept connection just as it was taken again: that says nothing about the receiver.
        if (isStale(client, error) && !signal.aborted) post(request, signal).then(resolve, reject);
        else reject(error);
      });
      client.on('response', (response) => readAnswer(response, resolve, reject));
      client.end(request.body);
    });
  return { post };
}

function isStale(client: ClientRequest, error: Error & { code?: string }): boolean {
  return client.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Reads at most the limit and lets the rest go, so that an endless answer holds nothing up. */
function readAnswer(
  response: IncomingMessage,
  resolve: (answer: HttpAnswer) => void,
  reject: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const done = () => {
    const text = chunks.length === 0 ? '' : Buffer.concat(chunks).toString('utf8', 0, ANSWER_LIMIT_BYTES);
    const line = text.replace(/\s+/g, ' ').trim();
    resolve({ status: response.statusCode ?? 0, text: line, headers: response.headers });
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < ANSWER_LIMIT_BYTES) return;
    done();
    response.destroy();
  });
  response.on('end', done);
  response.on('error', reject);
}
