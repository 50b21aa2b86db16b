import { resolve } from 'node:path';
import { getSystemErrorName } from 'node:util';
import type { RunEnd } from '../run.js';
import { environmentOf, type SpawnPlan } from './spawn-plan.js';

/** At which step a start failed. */
export type StartStep = 'cwd' | 'log' | 'program';

/** What the spawner says, one a line; see bin/spawner.py. */
export type SpawnerMessage =
  | { readonly type: 'hello'; readonly version: string }
  | { readonly type: 'unsupported' | 'unreachable'; readonly why: string }
  | { readonly type: 'started'; readonly request: number; readonly pid: number; readonly startTicks: number }
  | { readonly type: 'failed'; readonly request: number; readonly step: StartStep; readonly code: string }
  | { readonly type: 'ended'; readonly pid: number; readonly startTicks: number; readonly end: RunEnd }
  | { readonly type: 'gone' | 'unwatched' | 'own' | 'stirred'; readonly pid: number }
  | { readonly type: 'pong' };

const LENGTH_BYTES = 4;

/** Asks for a start. Fields are told apart by zero bytes, which no specification holds. */
export function startFrame(request: number, plan: SpawnPlan, generation: number): Buffer {
  const { spec, argv, logs } = plan;
  const variables = Object.entries(environmentOf(plan, generation)).map(
    ([name, value]) => `${name}=${value}`,
  );
  const paths = [resolve(spec.cwd), resolve(logs.outPath), resolve(logs.errPath)];
  return frame('s', [request, ...paths, argv.length, ...argv, ...variables]);
}

/** Any other frame: its letter, then its fields. */
export function frame(
  kind: 's' | 'f' | 'w' | 'd' | 'r' | 'p' | 'q',
  fields: readonly (string | number)[] = [],
): Buffer {
  const text = kind + fields.join('\0');
  const length = Buffer.byteLength(text);
  const buffer = Buffer.allocUnsafe(LENGTH_BYTES + length);
  buffer.writeUInt32LE(length, 0);
  buffer.write(text, LENGTH_BYTES);
  return buffer;
}

/** @returns undefined for a line that is none of the spawner's. */
export function parseMessage(line: string): SpawnerMessage | undefined {
  const [type = '', ...words] = line.split(' ');
  const rest = line.slice(type.length + 1);
  const [first = Number.NaN, second = Number.NaN, third = Number.NaN] = words.map(Number);
  if (type === 'hello') return { type, version: words[0] ?? '' };
  if (type === 'pong') return { type };
  if (type === 'unsupported' || type === 'unreachable') return { type, why: rest };
  if (!Number.isInteger(first)) return undefined;
  if (type === 'started') return { type, request: first, pid: second, startTicks: third };
  if (type === 'failed') return parseFailed(first, words[1] ?? '', third);
  if (type === 'ended') return parseEnded(words);
  return isAboutProcess(type) ? { type, pid: first } : undefined;
}

function isAboutProcess(type: string): type is 'gone' | 'unwatched' | 'own' | 'stirred' {
  return type === 'gone' || type === 'unwatched' || type === 'own' || type === 'stirred';
}

function parseFailed(request: number, step: string, errno: number): SpawnerMessage | undefined {
  if (step !== 'cwd' && step !== 'log' && step !== 'program') return undefined;
  return { type: 'failed', request, step, code: errno > 0 ? getSystemErrorName(-errno) : 'EIO' };
}

function parseEnded(words: readonly string[]): SpawnerMessage | undefined {
  const [pid, startTicks, code = '-', signal = '-', at] = words;
  if (words.length !== 5) return undefined;
  return {
    type: 'ended',
    pid: Number(pid),
    startTicks: Number(startTicks),
    end: {
      code: code === '-' ? null : Number(code),
      signal: signal === '-' ? null : signal,
      isKnown: true,
      at: Number(at),
    },
  };
}
