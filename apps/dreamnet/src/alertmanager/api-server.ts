import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse as parseQuery } from 'node:querystring';
import { DreamnetError } from '@dreamnet/kit';
import {
  type Answer,
  type ApiRoute,
  type Asked,
  errorAnswer,
  JSON_TYPE,
  refusalAnswer,
  wrongTypeAnswer,
} from '../http/alertmanager/exchange.js';
import type { RawQuery } from '../http/alertmanager/query.js';
import { createBodyBudget } from '../http/body-budget.js';
import { fileLimit, HEADER_TIMEOUTS, mostConnections } from '../http/connection-limits.js';
import { readBody } from './body-reading.js';

/** A server of routes, not yet listening. */
export interface ApiServer {
  /** @returns Its address, such as `http://127.0.0.1:9093`. */
  listen(at: { host: string; port: number }): Promise<string>;
  /** Ends every connection, too. */
  close(): Promise<void>;
}

/** A client that opens a connection and sends nothing gives it back after this. */
const REQUEST_TIMEOUT_MS = 30_000;
const BODY_LIMIT_BYTES = 1024 * 1024;
const LIMITS = { requestTimeout: REQUEST_TIMEOUT_MS, ...HEADER_TIMEOUTS };

/**
 * Serves routes by Node's own server alone. A framework has more to offer than a dozen fixed routes need, and takes ten
 * megabytes and a tenth of a second to load.
 *
 * @param allowedHosts Names a browser may call us by: anything else is another page trying to reach us through DNS.
 */
export function createApiServer(routes: readonly ApiRoute[], allowedHosts: readonly string[]): ApiServer {
  const find = createRouting(routes);
  const budget = createBodyBudget();
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<Answer> => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (!allowedHosts.includes(host)) return refused(403, `'${host}' is not a name of this server`);
    const { url = '/', method = 'GET' } = request;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const found = find(method, path);
    if (!found) return refused(404, `path ${path} was not found`);
    const { route, id } = found;
    const limitBytes = route.bodyLimitBytes ?? BODY_LIMIT_BYTES;
    budget.admit({ headers: request.headers, limitBytes }, response);
    const body = method === 'GET' || method === 'HEAD' ? undefined : await readBody(request, limitBytes);
    if (body !== undefined && body !== '' && !isJson(request))
      return wrongTypeAnswer(request.headers['content-type'] ?? '');
    const query = mark < 0 ? NO_QUERY : (parseQuery(url.slice(mark + 1)) as RawQuery);
    const asked: Asked = { query, id, body };
    return route.answer(asked);
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    answerTo(request, response).then(
      (answer) => send(answer, request, response),
      (thrown: unknown) => send(errorAnswer(thrown), request, response),
    );
  };
  return createListening(serve);
}

const NO_QUERY: RawQuery = {};

const refused = (status: number, message: string): Answer =>
  refusalAnswer({ status, body: { code: status, message } });

function isJson({ headers }: IncomingMessage): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase() === JSON_TYPE;
}

/** Two servers where the host is `localhost`: it is one address to some programs and another to others. */
function createListening(serve: (request: IncomingMessage, response: ServerResponse) => void): ApiServer {
  const servers: Server[] = [];
  const listen = async (host: string, port: number): Promise<number> => {
    const server = createServer(LIMITS, serve);
    server.maxConnections = mostConnections(fileLimit());
    servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => resolve());
    });
    return (server.address() as AddressInfo).port;
  };
  return {
    listen: async ({ host, port }) => {
      const isBoth = host === 'localhost';
      const taken = await listen(isBoth ? '127.0.0.1' : host, port);
      // Not every machine has it.
      if (isBoth) await listen('::1', taken).catch(() => servers.pop());
      return `http://${host.includes(':') ? `[${host}]` : isBoth ? '127.0.0.1' : host}:${taken}`;
    },
    close: async () => {
      await Promise.all(
        servers.map(async (server) => {
          const closed = new Promise<void>((resolve) => server.close(() => resolve()));
          server.closeAllConnections();
          await closed;
        }),
      );
    },
  };
}

interface Found {
  route: ApiRoute;
  id: string;
}

const ID = ':id';

/** Paths are fixed but for an id at the end; what may be read with GET may be asked for with HEAD. */
function createRouting(routes: readonly ApiRoute[]) {
  const fixed = new Map<string, Found>();
  const open: [prefix: string, ApiRoute][] = [];
  for (const route of routes) {
    const { method, path } = route;
    if (path.endsWith(ID)) open.push([`${method} ${path.slice(0, -ID.length)}`, route]);
    else fixed.set(`${method} ${path}`, { route, id: '' });
  }
  return (method: string, path: string): Found | undefined => {
    const key = `${method === 'HEAD' ? 'GET' : method} ${path}`;
    const found = fixed.get(key);
    if (found) return found;
    for (const [prefix, route] of open) {
      const id = key.startsWith(prefix) ? decode(key.slice(prefix.length)) : '';
      if (id !== '') return { route, id };
    }
    return undefined;
  };
}

function decode(text: string): string {
  if (text.includes('/')) return '';
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that is none: no id is written so.
    return '';
  }
}

function send(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return;
  const { status, type, body, headers = {} } = answer;
  const isHead = request.method === 'HEAD';
  const own = type === undefined ? headers : { 'content-type': type, ...headers };
  if (typeof body !== 'string') {
    response.writeHead(status, own);
    if (isHead) response.end();
    else writePieces(body[Symbol.iterator](), response);
    return;
  }
  response.writeHead(status, { ...own, 'content-length': Buffer.byteLength(body) });
  response.end(isHead ? '' : body);
}

/** While one is on its way the next is made, and no more: each piece is written over when the one after the next is. */
const MOST_ON_THEIR_WAY = 2;

/** Others get their turn in between. */
function writePieces(pieces: Iterator<string | Uint8Array>, response: ServerResponse): void {
  let onTheirWay = 0;
  let isDue = false;
  let isDone = false;
  const goOn = (): void => {
    if (isDone || isDue || onTheirWay >= MOST_ON_THEIR_WAY) return;
    isDue = true;
    setImmediate(next);
  };
  const next = (): void => {
    isDue = false;
    if (response.destroyed) return;
    try {
      const { done = false, value } = pieces.next();
      isDone = done;
      if (done) {
        response.end();
        return;
      }
      onTheirWay += 1;
      response.write(value, () => {
        onTheirWay -= 1;
        goOn();
      });
      goOn();
    } catch (thrown) {
      isDone = true;
      // The head is out: an answer that is cut off is all that can be said.
      response.destroy(DreamnetError.from(thrown));
    }
  };
  next();
}
