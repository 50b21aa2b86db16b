import { compilePattern } from '@dreamnet/spine';
import type { FastifyInstance } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { queryValue } from './request-values.js';
import { addRoutes } from './route.js';
import { streamEvents } from './sse.js';

/** The stream of everything that changes. */
export function addEventRoutes(app: FastifyInstance, daemon: Daemon): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/events',
      role: 'viewer',
      tag: 'events',
      summary: 'Server-sent events, from a sequence on or from now, until the client leaves',
      query: ['after', 'pattern', 'once'],
      answer: async (request, reply) => {
        const header = request.headers['last-event-id'];
        const after = readAfter(
          queryValue(request, 'after') ?? (typeof header === 'string' ? header : 'latest'),
        );
        const pattern = queryValue(request, 'pattern') ?? '>';
        // A pattern that is none is refused while there can still be an error to answer with.
        compilePattern(pattern);
        const isOnce = queryValue(request, 'once') === 'true';
        await streamEvents(reply, daemon.clock, async (send, signal) => {
          for await (const { sequence, event } of daemon.events({ after, pattern, isOnce, signal }))
            await send({ id: String(sequence), type: event.type, data: event });
        });
      },
    },
  ]);
}

function readAfter(text: string): number | 'latest' {
  if (text === 'latest') return 'latest';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw programError('DN_API_BAD_INPUT', {
    where: 'after',
    why: `'${text}' is neither a sequence nor 'latest'`,
  });
}
