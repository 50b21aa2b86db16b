import type { ProbeResult } from '@dreamnet/contracts';
import { initializeAcp } from '@dreamnet/protocols';
import { commandSchema } from './command.js';
import { probeKind } from './probe-kind.js';
import { startShortLived } from './short-lived-child.js';

/** Starts an ACP agent and shakes hands; it opens no session, so no model is called and nobody need be signed in. */
export const acpKind = probeKind({
  key: 'acp',
  schema: commandSchema,
  expects: [],
  create:
    (command, settings) =>
    async (signal): Promise<ProbeResult> => {
      const { clock, timeoutMs } = settings;
      const child = startShortLived(command, settings);
      child.process.stderr.resume();
      try {
        const { stdin, stdout } = child.process;
        const failed = new Promise<ProbeResult>((resolve) => {
          child.process.once('error', ({ message }) =>
            resolve({ ok: false, isAnswered: false, reason: `could not be started: ${message}` }),
          );
        });
        return await Promise.race([initializeAcp({ stdin, stdout }, { clock, timeoutMs, signal }), failed]);
      } finally {
        child.end();
      }
    },
});
