/** How bad a log line says it is, mildest first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line an agent wrote, secrets masked. */
export interface LogEntry {
  /** The process, or agent, that wrote it. */
  agent: string;
  stream: 'out' | 'err';
  /** Epoch ms: the line's own time where it says a believable one, else when it was seen to be there. */
  at: number;
  /** null when the line does not say. A line that goes on from the one before (a stack trace) has that one's. */
  level: LogLevel | null;
  /** What a structured line (JSON, logfmt) says to people; left out of other lines. */
  message?: string;
  /** The line as it was written, without its end. */
  line: string;
}
