import type { SilenceDesk } from '@dreamnet/dreamnet-os-core';
import { DreamnetError } from '@dreamnet/kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { pathValue } from '../request-values.js';
import { type Access, answerRefusal, bodyOf } from './exchange.js';
import { type RawQuery, readFilter } from './query.js';
import { refusal } from './refusal.js';
import { readSilence, showSilence } from './silence-bodies.js';

const UNKNOWN = 'silence not found';

/** Silences in Alertmanager's API: list, set, look at one, end one. */
export function addSilenceRoutes(
  scope: FastifyInstance,
  desk: SilenceDesk,
  { reading, writing }: Access,
): void {
  scope.get('/api/v2/silences', { config: reading }, (request, reply) => {
    const read = readFilter(request.query as RawQuery);
    if (!read.ok) return answerRefusal(read.refusal, reply);
    const silences = desk.list(read.query.length > 0 ? read.query : undefined);
    return reply.send(silences.map((silence) => showSilence(silence, desk.stateOf(silence))));
  });
  scope.post('/api/v2/silences', { config: writing }, async (request, reply) => {
    const read = readSilence(bodyOf(request));
    if (!read.ok) return answerRefusal(read.refusal, reply);
    try {
      const { id } = await desk.set(read.draft);
      return reply.send({ silenceID: id });
    } catch (thrown) {
      const error = DreamnetError.from(thrown);
      if (error.code === 'DN_CORE_SILENCE_UNKNOWN') return answerRefusal(refusal(404, UNKNOWN), reply);
      if (error.code !== 'DN_CORE_SILENCE_INVALID') throw error;
      return answerRefusal(refusal(400, error.message), reply);
    }
  });
  scope.get('/api/v2/silence/:id', { config: reading }, (request, reply) => {
    const silence = desk.get(idOf(request));
    if (!silence) return answerRefusal(refusal(404, UNKNOWN), reply);
    return reply.send(showSilence(silence, desk.stateOf(silence)));
  });
  scope.delete('/api/v2/silence/:id', { config: writing }, async (request, reply) => {
    const id = idOf(request);
    const isKnown = desk.get(id) !== undefined;
    await desk.expire(id);
    return isKnown ? reply.send() : answerRefusal(refusal(404, UNKNOWN), reply);
  });
}

function idOf(request: FastifyRequest): string {
  return pathValue(request, 'id');
}
