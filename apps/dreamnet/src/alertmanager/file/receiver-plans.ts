import {
  createEmailNotifier,
  createPagerdutyNotifier,
  createSlackNotifier,
  createWebhookNotifier,
  type EmailNotifierOptions,
  type PagerdutyNotifierOptions,
  type SlackNotifierOptions,
  type WebhookNotifierOptions,
} from '@dreamnet/adapters';
import type { Clock, Notification, Notifier } from '@dreamnet/contracts';

type Planned<T> = Omit<T, 'name' | 'clock'>;

/** One way to tell a receiver, as the file says it. */
export type NotifierPlan =
  | { readonly kind: 'webhook'; readonly options: Planned<WebhookNotifierOptions> }
  | { readonly kind: 'email'; readonly options: Planned<EmailNotifierOptions> }
  | { readonly kind: 'pagerduty'; readonly options: Planned<PagerdutyNotifierOptions> }
  | { readonly kind: 'slack'; readonly options: Planned<SlackNotifierOptions> };

/** What notifiers need beside what the file says. */
export interface NotifierTools {
  clock: Clock;
  /** Where people reach us, for links in messages. */
  externalUrl: () => string;
  /** Told of each message before it is made, and how many alerts it is about. */
  onTelling?: (alerts: number) => void;
}

/** Makes one receiver's notifiers; they are named `webhook[0]`, `webhook[1]`, `slack[0]` as Alertmanager counts them. */
export function makeNotifiers(plans: readonly NotifierPlan[], tools: NotifierTools): readonly Notifier[] {
  const counted = new Map<string, number>();
  return plans.map((plan) => {
    const index = counted.get(plan.kind) ?? 0;
    counted.set(plan.kind, index + 1);
    const notifier = make(plan, { name: `${plan.kind}[${index}]`, clock: tools.clock });
    return withTools(notifier, tools);
  });
}

function withTools(notifier: Notifier, { externalUrl, onTelling }: NotifierTools): Notifier {
  // Of a notification that is tried again a notifier may know what came of it before: it must be the same one to it.
  const completed = new WeakMap<Notification, Notification>();
  const complete = (notification: Notification): Notification => {
    const known = completed.get(notification);
    if (known !== undefined) return known;
    const whole = { ...notification, externalURL: notification.externalURL || externalUrl() };
    completed.set(notification, whole);
    return whole;
  };
  return {
    ...notifier,
    notify: (notification, signal) => {
      onTelling?.(notification.alerts.length);
      return notifier.notify(complete(notification), signal);
    },
  };
}

function make(plan: NotifierPlan, given: { name: string; clock: Clock }): Notifier {
  switch (plan.kind) {
    case 'webhook':
      return createWebhookNotifier({ ...plan.options, ...given });
    case 'email':
      return createEmailNotifier({ ...plan.options, ...given });
    case 'pagerduty':
      return createPagerdutyNotifier({ ...plan.options, ...given });
    case 'slack':
      return createSlackNotifier({ ...plan.options, ...given });
  }
}
