import type { RecordedChange } from '@dreamnet/os-linker';
import { showTime, type Terminal } from './terminal.js';

/** Changes as text: who did what when, and every field before and after. */
export function showChanges(terminal: Terminal, changes: readonly RecordedChange[]): string {
  if (changes.length === 0) return terminal.colors.dim('No changes.');
  return changes
    .flatMap(({ at, actor, change, subject, fields }) => [
      `${terminal.colors.dim(showTime(at, true))} ${terminal.colors.bold(change)} ${subject} by ${actor}`,
      ...fields.map(({ path, before, after }) => `  ${path}: ${showValue(before)} → ${showValue(after)}`),
    ])
    .join('\n');
}

function showValue(value: unknown): string {
  return value === null ? '-' : JSON.stringify(value);
}
