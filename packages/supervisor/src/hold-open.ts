import { MessageChannel } from 'node:worker_threads';

/**
 * Keeps this program running until the returned function is called: the clock's timers do not, and a supervisor
 * that is let go in the middle of a stop would leave half a tree behind.
 */
export function holdOpen(): () => void {
  const { port1 } = new MessageChannel();
  port1.ref();
  return () => port1.close();
}
