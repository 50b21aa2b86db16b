import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from './refusal.js';

export const JSON_TYPE = 'application/json';

/** What routes may be used with: the ones that only look, and the ones that change. */
export interface Access {
  reading: FastifyContextConfig;
  writing: FastifyContextConfig;
}

/** Answers a refusal in Alertmanager's form: a bare text is JSON, too. */
export function answerRefusal({ status, body }: Refusal, reply: FastifyReply): FastifyReply {
  return reply
    .code(status)
    .type(JSON_TYPE)
    .send(`${JSON.stringify(body)}\n`);
}

/** The body as it came; undefined without one. */
export function bodyOf({ body }: FastifyRequest): string | undefined {
  return typeof body === 'string' ? body : undefined;
}
