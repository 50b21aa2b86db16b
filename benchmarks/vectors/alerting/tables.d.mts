/** What became of one case. */
export interface JudgedCase {
  name: string;
  outcome: 'same' | 'differs' | 'left-out';
  expected?: string;
  actual?: string;
  reason?: string;
}

export function judgeTables(
  folder: string,
  readFile: (path: string, text: string) => unknown,
): Promise<{ file: string; table: string; cases: JudgedCase[] }[]>;
