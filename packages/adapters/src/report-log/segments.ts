import { open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportLogEntry, ReportLogReplay } from '@dreamnet/contracts';
import { readFrame } from './frames.js';

/** One file of the log: `base` is the position of its first byte, and its name. */
export interface Segment {
  readonly base: number;
  readonly path: string;
  size: number;
}

const NAME = /^(\d{16})\.reports$/;

/** Where the segment that begins at `base` is kept. */
export function segmentPath(directory: string, base: number): string {
  return join(directory, `${String(base).padStart(16, '0')}.reports`);
}

/** The segments of a folder, oldest first; empty ones are removed. */
export async function listSegments(directory: string): Promise<Segment[]> {
  const found: Segment[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const base = NAME.exec(name)?.[1];
    if (base === undefined) continue;
    const path = join(directory, name);
    const { size } = await stat(path);
    if (size === 0) await rm(path);
    else found.push({ base: Number(base), path, size });
  }
  return found;
}

/** Reads whole entries of the given segments, one file in memory at a time, and cuts off the torn tail of the newest. */
export async function replaySegments(
  segments: readonly Segment[],
  each: (entry: ReportLogEntry) => void,
): Promise<ReportLogReplay> {
  const seen = { entries: 0, tornBytes: 0, damagedBytes: 0 };
  for (const [index, segment] of segments.entries()) {
    const source = await readFile(segment.path);
    let offset = 0;
    for (let frame = readFrame(source, 0); frame !== undefined; frame = readFrame(source, offset)) {
      offset = frame.end;
      seen.entries += 1;
      each({ position: segment.base + offset, at: frame.at, bytes: frame.bytes });
    }
    const rest = source.length - offset;
    if (rest === 0) continue;
    if (index < segments.length - 1) seen.damagedBytes += rest;
    else {
      seen.tornBytes += rest;
      // Cut off now: when this is no longer the newest file it would look like damage.
      await truncate(segment.path, offset);
    }
  }
  return seen;
}

/** Makes the name of a new file as durable as its content will be. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
