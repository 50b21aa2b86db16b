import type { FastifyInstance } from 'fastify';
import { type ReportBodyTools, takeReportBody } from '../ingest/report-bodies.js';
import { heartbeatBodySchema } from './schemas.js';

/** Both spellings lead to the same. */
export const HEARTBEAT_PATHS: readonly string[] = ['/api/heartbeats', '/api/heartbeat'];
export const JSON_TYPE = 'application/json; charset=utf-8';
const LINE_TYPES = ['application/x-ndjson', 'application/jsonl', 'application/ndjson'];

/**
 * One report, a list of them, or one a line. The body is read and checked by hand. Most requests never come here: see
 * `heartbeat-lane.ts`.
 */
export function addHeartbeatRoutes(app: FastifyInstance, tools: ReportBodyTools): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const types = ['application/json', ...LINE_TYPES];
    scope.addContentTypeParser(types, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    for (const url of HEARTBEAT_PATHS)
      scope.route({
        method: 'POST',
        url,
        config: { role: 'agent' },
        schema: {
          summary: 'Subsystems tell how they are; answered when it is on disk',
          tags: ['health'],
          security: [{ token: [] }],
          body: heartbeatBodySchema,
        },
        validatorCompiler: () => () => true,
        handler: async (request, reply) => {
          const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
          const type = request.headers['content-type'] ?? '';
          const isLines = LINE_TYPES.some((one) => type.startsWith(one));
          const answer = await takeReportBody(tools, { bytes, isLines, agent: request.caller?.agent });
          void reply.code(answer.status).header('content-type', JSON_TYPE);
          return answer.text;
        },
      });
  });
}
