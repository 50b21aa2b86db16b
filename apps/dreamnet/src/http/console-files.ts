import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * The console runs its own files only, talks to this daemon only, and shows itself in nobody's frame: a name that reads
 * like a script stays a name.
 */
const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What a build of the console is made of; nothing is guessed from the content. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/**
 * Answers what no other route answers with the files of a folder, `/` with its index.html. The console's files are the
 * same for everybody and hold no data: they need no token.
 *
 * @param folder Absolute; its files may be built anew at any time.
 */
export function addConsoleFiles(app: FastifyInstance, folder: string): void {
  app.get('/*', async (request, reply) => {
    const path = pathOf(request);
    const file = path === undefined ? undefined : await openFile(join(folder, path));
    if (path === undefined || file === undefined) return reply.callNotFound();
    return sendFile(request, reply, { ...file, type: TYPES[extname(path)] ?? 'application/octet-stream' });
  });
}

/** Inside of the folder, whatever was asked for; undefined when it is no path at all. */
function pathOf(request: FastifyRequest): string | undefined {
  const asked = (request.params as { '*': string })['*'];
  if (asked.includes('\0')) return undefined;
  const path = normalize(`/${asked}`);
  return path === '/' ? '/index.html' : path;
}

interface OpenFile {
  handle: FileHandle;
  stats: Stats;
}

/** @returns undefined when there is no such file, or it is a folder. */
async function openFile(path: string): Promise<OpenFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (NOT_THERE.includes(code ?? '')) return undefined;
    throw DreamnetError.from(thrown);
  }
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, stats };
  await handle.close();
  return undefined;
}

const NOT_THERE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'];

async function sendFile(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { handle, stats, type }: OpenFile & { type: string },
): Promise<FastifyReply> {
  const tag = `W/"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`;
  void reply
    .header('content-security-policy', CONSOLE_POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'public, max-age=0')
    .header('etag', tag);
  if (headers['if-none-match'] === tag) {
    await handle.close();
    return reply.code(304).send();
  }
  // The stream closes the file, also when the reader goes away.
  return reply.type(type).header('content-length', stats.size).send(handle.createReadStream());
}
