import type { Probe, ProbeResult } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { connectMcp, isAnswer, type McpEndpoint } from '@dreamnet/protocols';
import { z } from 'zod';
import { httpUrl } from '../config/primitives.js';
import { commandSchema } from './command.js';
import { type ProbeSettings, probeKind } from './probe-kind.js';
import { startShortLived } from './short-lived-child.js';

const schema = z.union([z.strictObject({ url: httpUrl }), z.strictObject({ command: commandSchema })]);

/** The handshake and one question, `server/discover` or `ping`, to an MCP server: at an address, or started for it. */
export const mcpKind = probeKind({
  key: 'mcp',
  schema,
  expects: [],
  create: (config, settings): Probe => {
    if ('url' in config) return (signal) => askOnce({ url: config.url }, settings, signal);
    return async (signal) => {
      const child = startShortLived(config.command, settings);
      // What it prints there must not fill the pipe.
      child.process.stderr.resume();
      try {
        return await Promise.race([
          askOnce({ stdin: child.process.stdin, stdout: child.process.stdout }, settings, signal),
          couldNotStart(child.process),
        ]);
      } finally {
        child.end();
      }
    };
  },
});

/** Each asking has a connection of its own: one kept open could hide that no new one can be made. */
async function askOnce(
  endpoint: McpEndpoint,
  { clock, timeoutMs }: ProbeSettings,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const startedMs = clock.monotonic();
  try {
    const session = await connectMcp(endpoint, {
      clock,
      signal,
      connectTimeoutMs: timeoutMs,
      discoverTimeoutMs: timeoutMs / 2,
      probeTimeoutMs: timeoutMs,
    });
    try {
      const result = await session.probe(signal);
      return { ...result, latencyMs: clock.monotonic() - startedMs };
    } finally {
      await session.close();
    }
  } catch (thrown) {
    const { code, message } = DreamnetError.from(thrown);
    return { ok: false, isAnswered: isAnswer(thrown), reason: message, evidence: { code } };
  }
}

/** Settles only when the program cannot be started at all. */
function couldNotStart(child: NodeJS.EventEmitter): Promise<ProbeResult> {
  return new Promise((resolve) => {
    child.once('error', (error: Error) =>
      resolve({ ok: false, isAnswered: false, reason: `could not be started: ${error.message}` }),
    );
  });
}
