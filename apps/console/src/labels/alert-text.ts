import type { Alert } from '@dreamnet/contracts';

/** What an alert says, for a place that names its subsystem already: most messages begin with that name. */
export function textBeside({ subsystem, message }: Pick<Alert, 'subsystem' | 'message'>): string {
  const start = `${subsystem}: `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}
