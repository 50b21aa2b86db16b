import type { Notification, Notifier } from '@dreamnet/contracts';
import { adaptersError } from '../errors.js';
import { createHttpDelivery, type HttpDeliveryOptions, parseUrl } from './http-delivery.js';
import type { HttpAnswer } from './http-request.js';
import { plainTextOf, shorten, titleOf } from './message-text.js';
import type { Secret } from './secret.js';

export interface SlackNotifierOptions extends HttpDeliveryOptions {
  /** An incoming webhook of Slack, Mattermost or Rocket.Chat, or Slack's `chat.postMessage` (then with a token in `access`). */
  url: Secret;
  /** `#channel` or a user; an incoming webhook has one of its own. */
  channel?: string;
  username?: string;
  iconEmoji?: string;
  iconUrl?: string;
  /** Texts of one's own instead of ours. */
  title?: string;
  titleLink?: string;
  text?: string;
  pretext?: string;
  fallback?: string;
  footer?: string;
  /** `good`, `warning`, `danger` or `#rrggbb`; default red while it fires and green after. */
  color?: string;
  linkNames?: boolean;
  /** Default false: a channel is told of the end only when that is asked for, as with Alertmanager. */
  sendsResolved?: boolean;
}

const SHOWN_ALERTS = 20;
/** Slack cuts longer ones. @source https://api.slack.com/reference/messaging/attachments */
const LONGEST_TEXT = 8000;
/** Errors within a 200 that pass by themselves. @source https://api.slack.com/methods/chat.postMessage#errors */
const PASSING_ERRORS: readonly string[] = [
  'ratelimited',
  'rate_limited',
  'internal_error',
  'service_unavailable',
  'fatal_error',
  'request_timeout',
];

/**
 * A notifier for chat channels that take Slack's incoming webhooks. Delivers once per call and may be called concurrently.
 *
 * @throws DN_NOTIFY_CONFIG when the address is not an http(s) URL.
 */
export function createSlackNotifier(options: SlackNotifierOptions): Notifier {
  const { name, url, sendsResolved = false } = options;
  if (typeof url === 'string') parseUrl(url, name);
  const delivery = createHttpDelivery(options);
  return {
    name,
    sendsResolved,
    notify: async (notification, signal) => {
      const body = JSON.stringify(toSlackMessage(notification, options));
      const answer = await delivery.send({ receiver: notification.receiver, url, body }, signal);
      checkApiAnswer(answer, `${notification.receiver}/${name}`);
    },
  };
}

/** The message as Slack takes it; what is not set is left out. */
export function toSlackMessage(
  notification: Notification,
  options: Omit<SlackNotifierOptions, 'url' | 'clock'>,
) {
  const isFiring = notification.status === 'firing';
  const title = options.title ?? titleOf(notification);
  const titleLink = options.titleLink ?? notification.externalURL;
  const attachment = {
    color: options.color ?? (isFiring ? 'danger' : 'good'),
    fallback: options.fallback ?? title,
    title: escapeText(title),
    ...(titleLink !== '' && { title_link: titleLink }),
    ...(options.pretext !== undefined && { pretext: options.pretext }),
    text: shorten(options.text ?? escapeText(plainTextOf(notification, SHOWN_ALERTS)), LONGEST_TEXT),
    ...(options.footer !== undefined && { footer: options.footer }),
    mrkdwn_in: ['fallback', 'pretext', 'text'],
    ts: Math.floor(notification.at / 1000),
  };
  return {
    ...(options.channel !== undefined && { channel: options.channel }),
    ...(options.username !== undefined && { username: options.username }),
    ...(options.iconEmoji !== undefined && { icon_emoji: options.iconEmoji }),
    ...(options.iconUrl !== undefined && { icon_url: options.iconUrl }),
    ...(options.linkNames === true && { link_names: true }),
    attachments: [attachment],
  };
}

/** Slack reads these three as markup. @source https://api.slack.com/reference/surfaces/formatting#escaping */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** `chat.postMessage` answers 200 to what it refuses; incoming webhooks answer the text `ok`. */
function checkApiAnswer({ text, header }: HttpAnswer, receiver: string): void {
  if (!text.startsWith('{')) return;
  const refusal = /"ok"\s*:\s*false/.test(text)
    ? (/"error"\s*:\s*"(\w+)"/.exec(text)?.[1] ?? 'no reason')
    : '';
  if (refusal === '') return;
  const details = { receiver, origin: 'the chat', status: 200, answer: refusal };
  if (!PASSING_ERRORS.includes(refusal)) throw adaptersError('DN_NOTIFY_REFUSED', details);
  const seconds = Number(header('retry-after'));
  throw adaptersError('DN_NOTIFY_UNAVAILABLE', {
    ...details,
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }),
  });
}
