import type { GlobalSettings } from './global-section.js';
import { emailPlan, pagerdutyPlan, slackPlan, webhookPlan } from './integration-sections.js';
import { below, isEmpty, listOf, placed, type Reading, refuse, type Spot, section } from './reading.js';
import type { NotifierPlan } from './receiver-plans.js';
import { text } from './values.js';

/** A receiver and all the ways to tell it; none swallows what it gets. */
export interface ReceiverSection {
  readonly name: string;
  readonly spot: Spot;
  readonly plans: readonly NotifierPlan[];
}

const INSTEAD = 'a webhook can pass it on; webhook, Slack, e-mail and PagerDuty are';

/** Receivers of Alertmanager that we do not speak to. */
const UNSUPPORTED = Object.fromEntries(
  [
    'discord_configs',
    'incidentio_configs',
    'jira_configs',
    'mattermost_configs',
    'msteams_configs',
    'msteamsv2_configs',
    'opsgenie_configs',
    'pushover_configs',
    'rocketchat_configs',
    'sns_configs',
    'telegram_configs',
    'victorops_configs',
    'webex_configs',
    'wechat_configs',
  ].map((key) => [key, INSTEAD] as const),
);

type MakePlan = (spot: Spot, globals: GlobalSettings) => NotifierPlan;

const each = (make: MakePlan, globals: GlobalSettings): Reading<readonly NotifierPlan[]> =>
  listOf((spot) => (isEmpty(spot) ? refuse(spot, 'nothing is written here') : make(spot, globals)));

/** `receivers:` */
export function receiverSections(globals: GlobalSettings): Reading<readonly ReceiverSection[]> {
  const readReceiver = section(
    {
      name: placed(text),
      webhook_configs: each(webhookPlan, globals),
      email_configs: each(emailPlan, globals),
      pagerduty_configs: each(pagerdutyPlan, globals),
      slack_configs: each(slackPlan, globals),
    },
    UNSUPPORTED,
  );
  return listOf((spot) => {
    const read = readReceiver(spot) ?? {};
    const name = read.name?.value ?? '';
    if (name === '') return refuse(spot, 'a receiver needs a name');
    return {
      name,
      spot: below(spot, 'name'),
      plans: [
        ...(read.webhook_configs ?? []),
        ...(read.email_configs ?? []),
        ...(read.pagerduty_configs ?? []),
        ...(read.slack_configs ?? []),
      ],
    };
  });
}
