import type { FastifyInstance } from 'fastify';

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

/** No such file, no path at all, and a path that leads out of the folder: all the same to whoever asks. */
const NOT_THERE: readonly number[] = [400, 403, 404];

/**
 * Answers what no other route answers with the files of a folder, `/` with its index.html. The console's files are the
 * same for everybody and hold no data: they need no token.
 *
 * @param folder Absolute; its files may be built anew at any time.
 */
export function addConsoleFiles(app: FastifyInstance, folder: string): void {
  app.get('/*', async (request, reply) => {
    // Loaded when somebody first looks: most daemons run without a browser.
    const { send } = await import('@fastify/send');
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = await send(request.raw, pathname, { root: folder, maxAge: 0 });
    if (file.type === 'directory' || NOT_THERE.includes(file.statusCode)) return reply.callNotFound();
    if (file.statusCode >= 500 && file.type === 'error') throw file.metadata.error;
    return reply
      .code(file.statusCode)
      .headers({
        ...file.headers,
        'content-security-policy': CONSOLE_POLICY,
        'referrer-policy': 'no-referrer',
      })
      .send(file.stream);
  });
}
