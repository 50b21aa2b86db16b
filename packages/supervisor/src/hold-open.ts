import { MessageChannel } from 'node:worker_threads';

/**
 * Keeps this program running until the work is done: the clock's timers do not, and a supervisor that is let go in the
 * middle of a stop would leave half a tree behind.
 */
export async function holdOpen<T>(work: () => Promise<T>): Promise<T> {
  const { port1 } = new MessageChannel();
  port1.ref();
  try {
    return await work();
  } finally {
    port1.close();
  }
}
