import type { Clock } from '@dreamnet/contracts';
import type { AgentLog, LogFields, WriteLog } from './agent-types.js';

/** A log that writes lines of JSON to a stream, and goes on when nobody reads them. */
export function createLog(name: string, stream: NodeJS.WritableStream, clock: Pick<Clock, 'now'>): AgentLog {
  // A reader that went away would otherwise end the agent; what it misses is in nobody's log.
  stream.on('error', () => undefined);
  const writer =
    (level: string): WriteLog =>
    (message, fields) => {
      const line = { time: new Date(clock.now()).toISOString(), level, msg: message, agent: name };
      stream.write(`${toJson(line, fields)}\n`);
    };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}

function toJson(line: LogFields, fields: LogFields | undefined): string {
  try {
    // First what must be there: a field of the caller's cannot take its place.
    return JSON.stringify({ ...line, ...fields, ...line });
  } catch {
    return JSON.stringify({ ...line, unreadable: 'its fields are not JSON' });
  }
}
