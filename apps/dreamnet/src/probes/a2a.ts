import { DreamnetError } from '@dreamnet/kit';
import { connectA2a, isAnswer } from '@dreamnet/protocols';
import { httpUrl } from '../config/primitives.js';
import { probeKind } from './probe-kind.js';

/** Fetches the agent's card and asks its request handler something without effect; no task is given. */
export const a2aKind = probeKind({
  key: 'a2a',
  schema: httpUrl,
  expects: [],
  create:
    (url, { clock, timeoutMs }) =>
    async (signal) => {
      const startedMs = clock.monotonic();
      try {
        const session = await connectA2a(url, {
          clock,
          connectTimeoutMs: timeoutMs,
          probeTimeoutMs: timeoutMs,
        });
        try {
          const result = await session.probe(signal);
          return { ...result, latencyMs: clock.monotonic() - startedMs };
        } finally {
          session.close();
        }
      } catch (thrown) {
        const { code, message } = DreamnetError.from(thrown);
        return { ok: false, isAnswered: isAnswer(thrown), reason: message, evidence: { code } };
      }
    },
});
