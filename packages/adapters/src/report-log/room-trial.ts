import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Beside the segments, and no name of one: a replay does not see it. */
const NAME = 'room.trial';
const WRITE_THROUGH = constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY | constants.O_DSYNC;
const PART_BYTES = 64 * 1024;

/**
 * Writes so many bytes beside the segments and takes them back: afterwards there is the room that was asked for. One
 * call at a time, and none while a segment is written to, which would lack what the trial holds.
 *
 * @throws what the disk says, as the system words it
 */
export async function tryRoom(directory: string, bytes: number): Promise<void> {
  const file = await open(join(directory, NAME), WRITE_THROUGH, 0o600);
  // Zeros would need no room on a disk that compresses.
  const part = randomBytes(Math.min(bytes, PART_BYTES));
  try {
    for (let done = 0; done < bytes; )
      done += (await file.write(part, 0, Math.min(part.length, bytes - done), done)).bytesWritten;
  } finally {
    await file.close();
    await removeTrial(directory);
  }
}

/** Removes what a trial left that was killed. */
export function removeTrial(directory: string): Promise<void> {
  return rm(join(directory, NAME), { force: true });
}
