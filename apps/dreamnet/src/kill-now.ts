/**
 * Ends it without a word; nothing happens when it has ended by itself.
 *
 * @param target A process, or a group as its leader's id with a minus.
 */
export function killNow(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    return; // it has ended by itself
  }
}
