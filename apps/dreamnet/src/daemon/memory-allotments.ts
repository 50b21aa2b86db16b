import { totalmem } from 'node:os';
import type { ExitRecord, ResourceShortage, Store, SupervisedProcess } from '@dreamnet/contracts';
import { programError } from '../errors.js';

const COLLECTION = 'memory-allotments';
const PAGE = 1000;
/** One step up at a time, and never beyond this many times what the fleet file says. */
const STEP = 2;
const MOST_OF_FILE = 8;
/** Of the machine's memory at most this share goes to one agent by a remedy. */
const MOST_OF_MACHINE = 0.5;
const MIB = 1024 * 1024;

/** Memory that a remedy gave an agent beyond what the fleet file says. */
export interface MemoryAllotment {
  readonly bytes: number;
  /** What the file said then: once it says something else, the file counts again. */
  readonly fileBytes: number;
  /** Epoch ms. */
  readonly at: number;
}

/** What remedies gave; kept over restarts of the daemon. */
export interface MemoryAllotments {
  /** Before the first agent is registered. */
  load(): Promise<void>;
  /** What an agent was given beyond the file; undefined when the file counts. */
  find(name: string, fileBytes: number | undefined): MemoryAllotment | undefined;
  /** On disk when it resolves. @throws DN_AGENT_ALLOTMENT_REFUSED when it is not what `next` would give */
  give(name: string, wanted: { bytes: unknown; fileBytes: number | undefined; now: number }): Promise<void>;
  /** The next amount for an agent that had so much; undefined when there is no more for it. */
  next(fileBytes: number, bytes: number): number | undefined;
}

/** @param machineBytes Default the machine's memory. */
export function createMemoryAllotments(store: Store, machineBytes = totalmem()): MemoryAllotments {
  const given = new Map<string, MemoryAllotment>();
  const next = (fileBytes: number, bytes: number): number | undefined => {
    const more = Math.floor(Math.min(bytes * STEP, fileBytes * MOST_OF_FILE, machineBytes * MOST_OF_MACHINE));
    return more > bytes ? more : undefined;
  };
  const find = (name: string, fileBytes: number | undefined) => {
    const found = given.get(name);
    return found?.fileBytes === fileBytes ? found : undefined;
  };
  return {
    load: async () => {
      for (const { key, value } of await store.scan(COLLECTION, { limit: PAGE }))
        if (isAllotment(value)) given.set(key, value);
    },
    find,
    next,
    give: async (name, { bytes, fileBytes, now }) => {
      const had = find(name, fileBytes)?.bytes ?? fileBytes;
      if (fileBytes === undefined || had === undefined || !isStep(bytes, had, next(fileBytes, had)))
        throw programError('DN_AGENT_ALLOTMENT_REFUSED', { agent: name, bytes: String(bytes) });
      const allotment = { bytes, fileBytes, at: now };
      await store.commit([{ op: 'put', collection: COLLECTION, key: name, value: allotment }]);
      given.set(name, allotment);
    },
  };
}

/** Giving what was given already is none and does no harm: a remedy that a crash interrupted is carried out again. */
function isStep(bytes: unknown, had: number, most: number | undefined): bytes is number {
  return typeof bytes === 'number' && bytes >= had && bytes <= (most ?? had);
}

/** What a process is down for want of, and what a remedy would give it. */
export function memoryShortage(
  name: string,
  supervised: Pick<SupervisedProcess, 'identity' | 'lastExit'> | undefined,
  { allotments, fileBytes }: { allotments: Pick<MemoryAllotments, 'next'>; fileBytes: number | undefined },
): ResourceShortage | undefined {
  const exit = supervised?.identity === null ? supervised.lastExit : undefined;
  const limit = exhaustedLimit(exit);
  if (limit === undefined) return undefined;
  const more = fileBytes === undefined ? undefined : allotments.next(fileBytes, limit);
  return {
    description: `its memory limit of ${inMib(limit)} was reached and the kernel ended it`,
    ...(more !== undefined && {
      more: {
        description: `Give '${name}' ${inMib(more)} of memory`,
        patch: { resources: { memory: more } },
      },
    }),
  };
}

function exhaustedLimit(exit: ExitRecord | null | undefined): number | undefined {
  const { shortages = [], limits } = exit?.resources ?? {};
  return shortages.includes('memory') ? limits?.memoryBytes : undefined;
}

function inMib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

function isAllotment(value: unknown): value is MemoryAllotment {
  if (typeof value !== 'object' || value === null) return false;
  return ['bytes', 'fileBytes', 'at'].every((key) => typeof Reflect.get(value, key) === 'number');
}
