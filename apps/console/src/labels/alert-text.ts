import type { Alert } from '@dreamnet/contracts';

/** Ids of alerts that were posted and are about nothing that is watched here. */
const POSTED_ID = 'external-';

/** Was it posted from elsewhere? Then its sender ends it, and nobody here can do anything about it but silence it. */
export function isPosted({ id }: Pick<Alert, 'id'>): boolean {
  return id.startsWith(POSTED_ID);
}

/** What an alert says, for a place that names its subsystem already: most messages begin with that name. */
export function textBeside({ subsystem, message }: Pick<Alert, 'subsystem' | 'message'>): string {
  const start = `${subsystem}: `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}
