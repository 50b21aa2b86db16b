/**
 * A shell that notes in `notes` what it does: it waits for its turn as a spare does, then works until it is ended.
 *
 * @returns argv
 */
export function waitingShell(more = ''): string[] {
  return [
    '/bin/bash',
    '-c',
    `if [ -n "$DREAMNET_SPARE" ]; then ${more} echo "booted $$"; read -r _ <> "$DREAMNET_SPARE"; fi; echo "works $$"; while :; do sleep 0.05; done`,
  ];
}

/** Opens the line, so that it seems to wait, and reads nothing of it. */
export const OPENS_AND_SLEEPS = [
  '/bin/bash',
  '-c',
  'if [ -n "$DREAMNET_SPARE" ]; then exec 3<> "$DREAMNET_SPARE"; fi; while :; do sleep 0.05; done',
];
