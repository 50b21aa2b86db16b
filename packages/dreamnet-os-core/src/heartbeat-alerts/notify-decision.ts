import type { Alert } from '@dreamnet/contracts';

/** Whether somebody is told of an alert, and the rule that decided. */
export interface NotifyDecision {
  notify: boolean;
  reason: string;
}

interface Inputs {
  alert: Alert;
  /** Who silenced it and why. */
  silencedBy: string | undefined;
}

/** The first rule that holds decides. */
const RULES: readonly {
  holds: (inputs: Inputs) => boolean;
  notify: boolean;
  reason: (inputs: Inputs) => string;
}[] = [
  {
    holds: ({ alert }) => alert.state === 'detected',
    notify: false,
    reason: () => 'it has not held long enough to be active',
  },
  { holds: ({ alert }) => alert.state === 'closed', notify: false, reason: () => 'it is closed' },
  {
    holds: ({ silencedBy }) => silencedBy !== undefined,
    notify: false,
    reason: ({ silencedBy }) => `silenced by ${silencedBy}`,
  },
  {
    holds: ({ alert }) => alert.causedBy !== undefined,
    notify: false,
    reason: ({ alert }) => `${alert.causedBy} is the cause`,
  },
  {
    holds: ({ alert }) => alert.acknowledgedBy !== undefined && alert.state === 'active',
    notify: false,
    reason: ({ alert }) => `acknowledged by ${alert.acknowledgedBy}`,
  },
  { holds: () => true, notify: true, reason: ({ alert }) => `it is ${alert.state}` },
];

/** Decides whether an alert notifies now; pure. */
export function decideNotify(inputs: Inputs): NotifyDecision {
  for (const rule of RULES)
    if (rule.holds(inputs)) return { notify: rule.notify, reason: rule.reason(inputs) };
  return { notify: false, reason: 'no rule holds' };
}
