import { createHash } from 'node:crypto';
import type { Notification, Notifier } from '@dreamnet/contracts';
import { createHttpDelivery, type HttpDeliveryOptions, parseUrl } from './http-delivery.js';
import { alertTexts, plainTextOf, shorten, titleOf } from './message-text.js';
import { revealSecret, type Secret } from './secret.js';

export interface PagerdutyNotifierOptions extends HttpDeliveryOptions {
  /** The integration key of a service (Events API v2). */
  routingKey: Secret;
  /** Default PagerDuty's own address; others speak the same events. */
  url?: string;
  /** One of `critical`, `error`, `warning`, `info`; default by the alerts' common `severity` label, else `error`. */
  severity?: string;
  /** Texts of one's own instead of ours. */
  description?: string;
  source?: string;
  client?: string;
  clientUrl?: string;
  class?: string;
  component?: string;
  group?: string;
  details?: Readonly<Record<string, string>>;
  links?: readonly { href: string; text?: string }[];
  images?: readonly { src: string; alt?: string; href?: string }[];
  /** Default true: the end resolves the incident. */
  sendsResolved?: boolean;
}

const EVENTS_URL = 'https://events.pagerduty.com/v2/enqueue';
const SEVERITIES: readonly string[] = ['critical', 'error', 'warning', 'info'];
const LONGEST_SUMMARY = 1024;
const SHOWN_ALERTS = 50;
/** An event may have 512 KB; details are what grows. */
const LONGEST_DETAIL = 100_000;

/**
 * A notifier that opens an incident per group of alerts and resolves it with the group. Delivers once per call and may
 * be called concurrently; the same group has the same `dedup_key`, so that a repeated delivery opens no second incident.
 *
 * @throws DN_NOTIFY_CONFIG when the address is not an http(s) URL.
 * @source PagerDuty, Events API v2
 */
export function createPagerdutyNotifier(options: PagerdutyNotifierOptions): Notifier {
  const { name, url = EVENTS_URL, sendsResolved = true } = options;
  parseUrl(url, name);
  const delivery = createHttpDelivery(options);
  return {
    name,
    sendsResolved,
    notify: async (notification, signal) => {
      const routingKey = await revealSecret(options.routingKey);
      const event = { routing_key: routingKey, ...toPagerdutyEvent(notification, options) };
      const { receiver } = notification;
      await delivery.send({ receiver, url, body: JSON.stringify(event), secrets: [routingKey] }, signal);
    },
  };
}

/** The event without its key. A resolve needs no payload: the incident is found by its `dedup_key`. */
export function toPagerdutyEvent(
  notification: Notification,
  options: Omit<PagerdutyNotifierOptions, 'routingKey' | 'clock'>,
) {
  const dedupKey = createHash('sha256').update(notification.groupKey).digest('hex');
  if (notification.status === 'resolved') return { event_action: 'resolve', dedup_key: dedupKey };
  const clientUrl = options.clientUrl ?? notification.externalURL;
  return {
    event_action: 'trigger',
    dedup_key: dedupKey,
    client: options.client ?? 'DreamNet OS',
    ...(clientUrl !== '' && { client_url: clientUrl }),
    ...(options.links !== undefined && { links: options.links }),
    ...(options.images !== undefined && { images: options.images }),
    payload: {
      summary: shorten(options.description ?? titleOf(notification), LONGEST_SUMMARY),
      source: options.source ?? sourceOf(notification),
      severity: options.severity ?? severityOf(notification),
      timestamp: new Date(beginOf(notification)).toISOString(),
      ...(options.class !== undefined && { class: options.class }),
      ...(options.component !== undefined && { component: options.component }),
      ...(options.group !== undefined && { group: options.group }),
      custom_details: options.details ?? detailsOf(notification),
    },
  };
}

function severityOf({ commonLabels }: Notification): string {
  const severity = commonLabels.severity ?? '';
  return SEVERITIES.includes(severity) ? severity : 'error';
}

function sourceOf({ commonLabels, receiver }: Notification): string {
  return commonLabels.subsystem ?? commonLabels.instance ?? commonLabels.service ?? receiver;
}

function beginOf({ alerts, at }: Notification): number {
  return alerts.reduce((earliest, { startsAt }) => Math.min(earliest, startsAt), at);
}

function detailsOf(notification: Notification) {
  const firing = notification.alerts.filter(({ status }) => status === 'firing').length;
  return {
    num_firing: String(firing),
    num_resolved: String(notification.alerts.length - firing),
    headlines: alertTexts(notification, SHOWN_ALERTS).map(({ headline }) =>
      shorten(headline, LONGEST_SUMMARY),
    ),
    alerts: shorten(plainTextOf(notification, SHOWN_ALERTS), LONGEST_DETAIL),
  };
}
