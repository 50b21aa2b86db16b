import { randomBytes } from 'node:crypto';
import type { Store } from '@dreamnet/contracts';
import { findMarkedProcesses, type MarkedProcess } from '@dreamnet/supervisor';
import { programError } from '../errors.js';
import { listSome } from '../list-some.js';
import type { StateDir } from './state-dir.js';

const MARK_BYTES = 6;
const MARK = /^[0-9a-f]{12}$/;
const COLLECTION = 'instance';
const KEY = 'mark';

export interface MarkOptions {
  stateDir: Pick<StateDir, 'markFile' | 'readMark' | 'writeMark' | 'logDir'>;
  store: Store;
  /** Told when the mark had to be restored. */
  onTrouble: (text: string) => void;
}

/** What is written of the mark. Undefined: nothing, or nothing that could be one. */
interface Written {
  /** As it is in the file; undefined without one. */
  readonly text: string | undefined;
  readonly told: string | undefined;
  readonly kept: string | undefined;
}

/**
 * The mark by which the processes of a state folder are known: from its file and from the store, where it is kept a second time.
 * Where both agree nothing else is asked. Otherwise those who run out of this folder tell it: another mark would start all of
 * them a second time. To be called by whoever holds the state lock, before anything is looked for by the mark.
 *
 * @returns 12 hexadecimal digits, which file and store have from then on; new ones in a new folder.
 * @throws DN_STATE_MARK_UNSURE when processes run and nothing tells which mark is theirs; then nothing was changed
 */
export async function settleMark({ stateDir, store, onTrouble }: MarkOptions): Promise<string> {
  const written = await readWritten(stateDir, store);
  const { text, told, kept } = written;
  if (told !== undefined && told === kept) return told;
  const living = await findMarkedProcesses({ store, logDir: stateDir.logDir });
  const mark = chooseMark(written, living);
  if (mark === undefined) throw unsure(stateDir.markFile, written, living);
  if (kept !== mark) await store.commit([{ op: 'put', collection: COLLECTION, key: KEY, value: { mark } }]);
  if (told !== mark) stateDir.writeMark(mark);
  const isNew = text === undefined && kept === undefined && living.length === 0;
  const isFirstCopy = told === mark && kept === undefined;
  if (!isNew && !isFirstCopy) onTrouble(describeRepair(stateDir.markFile, written, { mark, living }));
  return mark;
}

/** @returns undefined when nothing tells it, or different things tell different marks. */
function chooseMark({ told, kept }: Written, living: readonly MarkedProcess[]): string | undefined {
  const [mark, ...others] = new Set(living.flatMap((one) => (one.hasLog && one.instanceId) || []));
  if (mark !== undefined && others.length === 0) return mark;
  if (living.length === 0) return told ?? kept ?? randomBytes(MARK_BYTES).toString('hex');
  const isOfAll = (one: string) =>
    living.every(({ instanceId }) => instanceId === undefined || instanceId === one);
  if (told !== undefined) return isOfAll(told) ? told : undefined;
  // A store that was copied into another folder names those of the folder it comes from.
  return kept !== undefined && isOfAll(kept) && living.some(({ hasLog }) => hasLog) ? kept : undefined;
}

async function readWritten(stateDir: MarkOptions['stateDir'], store: Store): Promise<Written> {
  const text = stateDir.readMark();
  const record = (await store.read(COLLECTION, KEY)) as { mark?: unknown } | undefined;
  return { text, told: asMark(text), kept: asMark(record?.mark) };
}

function asMark(value: unknown): string | undefined {
  return typeof value === 'string' && MARK.test(value) ? value : undefined;
}

function unsure(file: string, written: Written, living: readonly MarkedProcess[]) {
  const { kept = 'none' } = written;
  const who = listSome(
    living.map(({ pid, instanceId }) => `${pid} (${instanceId ?? 'its mark cannot be read'})`),
  );
  return programError('DN_STATE_MARK_UNSURE', { file, was: stateOfFile(written), kept, living: who });
}

function stateOfFile({ text, told }: Written): string {
  return text === undefined ? 'missing' : told === undefined ? 'damaged' : `'${told}'`;
}

function describeRepair(
  file: string,
  written: Written,
  { mark, living }: { mark: string; living: readonly MarkedProcess[] },
): string {
  const { told, kept } = written;
  const was = told === mark ? `in the store was '${kept}'` : `in ${file} was ${stateOfFile(written)}`;
  const from =
    living.length > 0
      ? `that of ${living.length === 1 ? 'the process' : `the ${living.length} processes`} of this folder that run`
      : kept === mark
        ? 'from the store'
        : told === mark
          ? 'from the file'
          : 'a new one: nothing tells the old one, and nobody runs who has it';
  return `the mark of the state folder ${was}; it is '${mark}' now, ${from}`;
}
