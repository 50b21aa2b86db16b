import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** Asks whether somebody still waits: to read it is the answer. */
const ASKS = '.'.charCodeAt(0);

/**
 * Waits until it is a spare's turn: any byte but a dot comes on the FIFO, or the descriptor, that `DREAMNET_SPARE` names.
 *
 * @returns At once, and false, when nothing is named.
 * @throws Node's own error when the FIFO cannot be opened: a spare that began unasked would double its agent.
 */
export function untilMyTurn(spare: string | undefined): Promise<boolean> {
  if (spare === undefined || spare === '') return Promise.resolve(false);
  // For writing as well: otherwise a FIFO counts as ended until its first writer comes.
  const fd = /^\d+$/.test(spare) ? Number(spare) : openSync(spare, constants.O_RDWR | constants.O_NONBLOCK);
  return new Promise((resolve, reject) => {
    const line = new Socket({ fd, readable: true, writable: false });
    line.on('data', (bytes: Buffer) => {
      if (bytes.every((byte) => byte === ASKS)) return;
      line.destroy();
      resolve(true);
    });
    line.once('error', reject);
    // Whoever held the other end is gone, and with it the reason to wait: the turn never comes.
    line.once('end', () => reject(new TypeError('DREAMNET_SPARE ended before it was this spare’s turn')));
  });
}
