import type { SubsystemStatus, SubsystemView } from '@dreamnet/contracts';

const WORST_FIRST: readonly SubsystemStatus[] = ['error', 'warn', 'unknown', 'ok'];

/** What is looked for; an empty value is anything. */
export interface SubsystemWish {
  text: string;
  status: string;
  domain: string;
}

/** Those that match, the worst first, then by name. Text is looked for in name and reason. */
export function filterSubsystems(
  subsystems: readonly SubsystemView[],
  { text, status, domain }: SubsystemWish,
): SubsystemView[] {
  const sought = text.trim().toLowerCase();
  return subsystems
    .filter(
      (one) =>
        (status === '' || one.status === status) &&
        (domain === '' || one.domain === domain) &&
        (sought === '' ||
          one.name.toLowerCase().includes(sought) ||
          one.reason.toLowerCase().includes(sought)),
    )
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

function rank({ status }: SubsystemView): number {
  return WORST_FIRST.indexOf(status);
}
