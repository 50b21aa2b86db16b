import type { SilenceDesk } from '@dreamnet/dreamnet-os-core';
import { DreamnetError } from '@dreamnet/kit';
import { type ApiRoute, emptyAnswer, jsonAnswer, refusalAnswer } from './exchange.js';
import { readFilter } from './query.js';
import { refusal } from './refusal.js';
import { readSilence, showSilence } from './silence-bodies.js';

const UNKNOWN = refusalAnswer(refusal(404, 'silence not found'));

/** Silences in Alertmanager's API: list, set, look at one, end one. */
export function silenceRoutes(desk: SilenceDesk): readonly ApiRoute[] {
  const list: ApiRoute['answer'] = ({ query }) => {
    const read = readFilter(query);
    if (!read.ok) return refusalAnswer(read.refusal);
    const silences = desk.list(read.query.length > 0 ? read.query : undefined);
    return jsonAnswer(silences.map((silence) => showSilence(silence, desk.stateOf(silence))));
  };
  const get: ApiRoute['answer'] = ({ id }) => {
    const silence = desk.get(id);
    return silence ? jsonAnswer(showSilence(silence, desk.stateOf(silence))) : UNKNOWN;
  };
  const expire: ApiRoute['answer'] = async ({ id }) => {
    const isKnown = desk.get(id) !== undefined;
    await desk.expire(id);
    return isKnown ? emptyAnswer : UNKNOWN;
  };
  const one = '/api/v2/silence/:id';
  return [
    { method: 'GET', path: '/api/v2/silences', access: 'reading', answer: list },
    { method: 'POST', path: '/api/v2/silences', access: 'writing', answer: ({ body }) => set(desk, body) },
    { method: 'GET', path: one, access: 'reading', answer: get },
    { method: 'DELETE', path: one, access: 'writing', answer: expire },
  ];
}

async function set(desk: SilenceDesk, body: string | undefined) {
  const read = readSilence(body);
  if (!read.ok) return refusalAnswer(read.refusal);
  try {
    const { id } = await desk.set(read.draft);
    return jsonAnswer({ silenceID: id });
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    if (error.code === 'DN_CORE_SILENCE_UNKNOWN') return UNKNOWN;
    if (error.code !== 'DN_CORE_SILENCE_INVALID') throw error;
    return refusalAnswer(refusal(400, error.message));
  }
}
