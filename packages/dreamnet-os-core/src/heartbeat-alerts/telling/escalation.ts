import type { Alert, Clock, LabelMatcher, LabelSet, PublishEvent } from '@dreamnet/contracts';
import { createDueQueue } from '@dreamnet/kit';
import type { LabelTest } from '../rules/rule-subjects.js';

/** Who else is told of an alert that nobody acknowledges. */
export interface EscalationPolicy {
  /** Which alerts; none is all. */
  matchers: readonly LabelMatcher[];
  /** Each after so many ms of the alert being active. */
  steps: readonly { afterMs: number; receiver: string }[];
}

/** The label that routes an escalated alert; its value is the receiver. */
export const ESCALATED_TO = 'escalated_to';

/** Tells further people of alerts that stay active without being acknowledged. */
export interface Escalation {
  set(policies: readonly EscalationPolicy[]): void;
  policies(): readonly EscalationPolicy[];
  /** The alert is told of: its steps are due from its activation on, those that are past at once. */
  follow(alert: Alert): void;
  over(alertId: string): void;
  stop(): void;
}

export interface EscalationOptions {
  clock: Clock;
  publish: PublishEvent;
  labelTest: LabelTest;
  labelsOf: (alert: Alert) => LabelSet;
  /** The alert as it is now; undefined when it is over. */
  current: (alertId: string) => Alert | undefined;
  /** @returns Was it news? */
  tell: (alertId: string, extra: LabelSet) => boolean;
}

interface Step {
  alertId: string;
  key: string;
  receiver: string;
  number: number;
}

/** While something else explains the alert its steps wait; so often it is looked again. */
const LOOK_AGAIN_MS = 60_000;

/** An escalation without policies. It keeps nothing itself: after a restart the steps follow from the alerts again. */
export function createEscalation(options: EscalationOptions): Escalation {
  const { clock } = options;
  let policies: readonly EscalationPolicy[] = [];
  let tests: readonly ((labels: LabelSet) => boolean)[] = [];
  const queued = new Map<string, Set<string>>();
  const queue = createDueQueue<Step>(clock, (step) => {
    const waiting = queued.get(step.alertId);
    if (!waiting?.has(step.key)) return;
    const alert = options.current(step.alertId);
    if (alert === undefined || alert.acknowledgedBy !== undefined) return;
    // The policy may have been taken out of force since, and may come back.
    if (!stepsFor(alert).some((wanted) => wanted.key === step.key)) waiting.delete(step.key);
    else if (alert.causedBy !== undefined) queue.push(clock.monotonic() + LOOK_AGAIN_MS, step);
    else tellStep(options, alert, step);
  });
  const stepsFor = (alert: Alert): (Step & { afterMs: number })[] => {
    const labels = options.labelsOf(alert);
    return policies
      .filter((_policy, index) => tests[index]?.(labels))
      .flatMap(({ steps }) =>
        steps.map(({ afterMs, receiver }, index) => {
          const key = `${receiver}/${afterMs}`;
          return { alertId: alert.id, key, receiver, afterMs, number: index + 1 };
        }),
      );
  };
  return {
    set: (next) => {
      policies = next;
      tests = next.map(({ matchers }) => (matchers.length === 0 ? () => true : options.labelTest(matchers)));
    },
    policies: () => policies,
    follow: (alert) => {
      if (policies.length === 0 || alert.acknowledgedBy !== undefined) return;
      const waiting = queued.get(alert.id) ?? new Set();
      const sinceMs = Math.max(0, clock.now() - (alert.activeAt ?? alert.detectedAt));
      for (const { afterMs, ...step } of stepsFor(alert)) {
        if (waiting.has(step.key)) continue;
        queued.set(alert.id, waiting.add(step.key));
        queue.push(clock.monotonic() + Math.max(0, afterMs - sinceMs), step);
      }
    },
    over: (alertId) => {
      queued.delete(alertId);
    },
    stop: () => {
      queue.clear();
      queued.clear();
    },
  };
}

function tellStep({ publish, tell }: EscalationOptions, alert: Alert, { receiver, number }: Step): void {
  // After a restart the step is due again, but was taken long ago.
  if (tell(alert.id, { [ESCALATED_TO]: receiver }))
    publish('alert.escalated', alert.subsystem, { alert, receiver, step: number });
}
