import type { JudgedCase } from './tables.mjs';

export function judgeTimelines(
  file: string,
  readFile: (path: string, text: string) => unknown,
): Promise<JudgedCase[]>;
