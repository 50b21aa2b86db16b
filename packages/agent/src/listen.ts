import { once } from 'node:events';
import type { Server } from 'node:http';
import { MessageChannel } from 'node:worker_threads';
import type { Clock } from '@dreamnet/contracts';

/** What the one before it had started may hold the port for a moment after its end. */
const PORT_PATIENCE_MS = 2000;
const PORT_LOOK_MS = 5;

/**
 * Resolves when the server listens. Rejects when the port is taken, for whoever starts the agent must know; one that has
 * waited as a spare tries for a moment.
 */
export async function listen(
  server: Server,
  { port, host }: { port: number; host: string },
  { clock, hasWaited }: { clock: Clock; hasWaited: boolean },
): Promise<void> {
  const untilMs = clock.monotonic() + (hasWaited ? PORT_PATIENCE_MS : 0);
  for (;;) {
    server.listen(port, host);
    try {
      await once(server, 'listening');
      return;
    } catch (error) {
      if (!isTaken(error) || clock.monotonic() >= untilMs) throw error;
      await wait(clock, PORT_LOOK_MS);
    }
  }
}

/** The clock's timers do not keep a program alive that has nothing else to do yet. */
async function wait(clock: Clock, ms: number): Promise<void> {
  const { port1 } = new MessageChannel();
  port1.ref();
  await new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
  port1.close();
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
