import { LOG_LEVELS, type LogLevel } from '@dreamnet/contracts';
import type { LogQuery } from '@dreamnet/supervisor';
import type { FastifyRequest } from 'fastify';
import { parseDuration } from '../config/quantities.js';
import { programError } from '../errors.js';
import { queryValue } from './request-values.js';

/** The names of a log query's parameters. */
export const LOG_PARAMETERS = ['lines', 'stream', 'since', 'until', 'level', 'grep', 'follow'] as const;

const MOST_LOG_LINES = 100_000;

/**
 * Reads a log query; what is not given is left to the reader's defaults.
 *
 * @throws DN_API_BAD_INPUT
 */
export function readLogRequest(request: FastifyRequest, ids: readonly string[], now: number): LogQuery {
  const value = (name: (typeof LOG_PARAMETERS)[number]) => queryValue(request, name);
  const [lines, grep] = [readLines(value('lines')), value('grep')];
  const [sinceMs, untilMs] = [
    readMoment('since', value('since'), now),
    readMoment('until', value('until'), now),
  ];
  const level = readLevel(value('level'));
  return {
    ids,
    streams: readStreams(value('stream') ?? 'all'),
    ...(lines !== undefined && { lines }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(untilMs !== undefined && { untilMs }),
    ...(level && { level }),
    ...(grep !== undefined && grep !== '' && { grep }),
  };
}

function readLines(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const lines = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (lines <= MOST_LOG_LINES) return lines;
  throw programError('DN_API_BAD_INPUT', { where: 'lines', why: `expected 0 to ${MOST_LOG_LINES}` });
}

function readStreams(text: string): readonly ('out' | 'err')[] {
  if (text === 'all') return ['out', 'err'];
  if (text === 'out' || text === 'err') return [text];
  throw programError('DN_API_BAD_INPUT', { where: 'stream', why: 'expected out, err or all' });
}

function readLevel(text: string | undefined): LogLevel | undefined {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level || text === undefined) return level;
  throw programError('DN_API_BAD_INPUT', { where: 'level', why: `expected ${LOG_LEVELS.join(', ')}` });
}

/** A time as people say it: how long ago, a date, or ms since 1970. */
function readMoment(where: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  if (ago !== undefined && text !== '0') return now - ago;
  const at = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isNaN(at)) return at;
  const why = 'expected how long ago (10m), a time (2026-11-21T18:00:00Z), or ms since 1970';
  throw programError('DN_API_BAD_INPUT', { where, why });
}
