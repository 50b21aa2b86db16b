import type { StoreWrite } from '@dreamnet/contracts';
import type { LinkerState } from '../lifecycle/linker-state.js';

/** A change made in memory and about to be stored. */
export interface PendingChange {
  operation: string;
  writes: readonly StoreWrite[];
  /** Takes the change in memory back, so that a second try is a change again and is stored. */
  undo: () => void;
}

/** Stores a change; when the store refuses, memory is as before. @throws DN_LINKER_STORE_FAILED */
export async function commitOrUndo(state: LinkerState, change: PendingChange): Promise<void> {
  try {
    await state.writer.commit(change.operation, change.writes);
  } catch (thrown) {
    change.undo();
    throw thrown;
  }
}
