import { type ProcessRow, readProcessTable, readSmallFile } from '../linux/process-table.js';

/** Numbers inside: bubblewrap's own first process, and the command, which is the first that one starts. */
const FIRST_INSIDE = 1;
const COMMAND_INSIDE = 2;

/**
 * The command of a sandbox: what is supervised is bubblewrap, which takes no notice of signals or ends by them.
 *
 * @param pid Bubblewrap, as it is seen outside.
 * @returns undefined while there is no command in it.
 */
export function commandInside(pid: number): ProcessRow | undefined {
  const rows = readProcessTable();
  const childOf = (parent: number, inside: number) =>
    rows.find((row) => row.ppid === parent && numberInside(row.pid) === inside);
  const first = childOf(pid, FIRST_INSIDE);
  return first && childOf(first.pid, COMMAND_INSIDE);
}

/** Its number in the innermost namespace it is in; undefined when it is in none but ours. */
function numberInside(pid: number): number | undefined {
  const numbers =
    /^NSpid:\s+(.+)$/m.exec(readSmallFile(`/proc/${pid}/status`) ?? '')?.[1]?.split(/\s+/) ?? [];
  return numbers.length > 1 ? Number(numbers.at(-1)) : undefined;
}
