import type { EmailNotifierOptions, HttpAccess } from '@dreamnet/adapters';
import type { GlobalSettings } from './global-section.js';
import { DEFAULT_ACCESS, httpConfig, secretOf, tlsConfig } from './http-section.js';
import { listOf, mapOf, refuse, type Spot, section } from './reading.js';
import type { NotifierPlan } from './receiver-plans.js';
import { count, duration, flag, httpUrl, plainText, smarthost, text } from './values.js';

/** Alertmanager waits as long as the group's interval; nobody is that patient with one connection. */
const PATIENCE_MS = 60_000;
const OWN_TEXT = 'our own text is sent';

interface Delivering {
  http_config?: HttpAccess;
  timeout?: number;
}

function delivering(read: Delivering, globals: GlobalSettings) {
  return {
    access: read.http_config ?? globals.access ?? DEFAULT_ACCESS,
    timeoutMs: read.timeout === undefined || read.timeout === 0 ? PATIENCE_MS : read.timeout,
  };
}

const readWebhook = section(
  {
    send_resolved: flag,
    http_config: httpConfig,
    url: httpUrl,
    url_file: text,
    max_alerts: count,
    timeout: duration,
  },
  { payload: 'the payload is always version 4' },
);

/** An entry of `webhook_configs:`. */
export function webhookPlan(spot: Spot, globals: GlobalSettings): NotifierPlan {
  const read = readWebhook(spot) ?? {};
  const url = secretOf(spot, ['url', 'url_file'], [read.url, read.url_file]);
  if (url === undefined) return refuse(spot, 'needs url or url_file');
  return {
    kind: 'webhook',
    options: {
      url,
      sendsResolved: read.send_resolved ?? true,
      maxAlerts: read.max_alerts ?? 0,
      ...delivering(read, globals),
    },
  };
}

const readSlack = section(
  {
    send_resolved: flag,
    http_config: httpConfig,
    api_url: httpUrl,
    api_url_file: text,
    channel: plainText,
    username: plainText,
    color: plainText,
    title: plainText,
    title_link: plainText,
    pretext: plainText,
    text: plainText,
    fallback: plainText,
    footer: plainText,
    icon_emoji: plainText,
    icon_url: plainText,
    link_names: flag,
    timeout: duration,
  },
  {
    fields: OWN_TEXT,
    short_fields: OWN_TEXT,
    callback_id: 'messages here have no buttons',
    actions: 'messages here have no buttons',
    image_url: OWN_TEXT,
    thumb_url: OWN_TEXT,
    mrkdwn_in: 'texts are read as Slack markup',
    message_text: OWN_TEXT,
    update_message: 'each notification is a message',
    app_token: 'use api_url, or http_config.authorization with chat.postMessage',
    app_token_file: 'use api_url_file',
    app_url: 'use api_url',
  },
);

/** An entry of `slack_configs:`. */
export function slackPlan(spot: Spot, globals: GlobalSettings): NotifierPlan {
  const read = readSlack(spot) ?? {};
  const url =
    secretOf(spot, ['api_url', 'api_url_file'], [read.api_url, read.api_url_file]) ?? globals.slackUrl;
  if (url === undefined) return refuse(spot, 'needs api_url here or slack_api_url in global');
  return {
    kind: 'slack',
    options: {
      url,
      sendsResolved: read.send_resolved ?? false,
      ...delivering(read, globals),
      ...(read.channel && { channel: read.channel }),
      ...(read.username && { username: read.username }),
      ...(read.color && { color: read.color }),
      ...(read.title && { title: read.title }),
      ...(read.title_link && { titleLink: read.title_link }),
      ...(read.pretext && { pretext: read.pretext }),
      ...(read.text && { text: read.text }),
      ...(read.fallback && { fallback: read.fallback }),
      ...(read.footer && { footer: read.footer }),
      ...(read.icon_emoji && { iconEmoji: read.icon_emoji }),
      ...(read.icon_url && { iconUrl: read.icon_url }),
      ...(read.link_names !== undefined && { linkNames: read.link_names }),
    },
  };
}

const readLink = section({ href: plainText, text: plainText });
const readImage = section({ src: plainText, alt: plainText, href: plainText });

const readPagerduty = section(
  {
    send_resolved: flag,
    http_config: httpConfig,
    routing_key: text,
    routing_key_file: text,
    url: httpUrl,
    client: plainText,
    client_url: plainText,
    description: plainText,
    severity: plainText,
    source: plainText,
    class: plainText,
    component: plainText,
    group: plainText,
    details: mapOf(plainText),
    links: listOf(readLink),
    images: listOf(readImage),
    timeout: duration,
  },
  {
    service_key: 'use routing_key: an Events API v2 integration',
    service_key_file: 'use routing_key_file: an Events API v2 integration',
  },
);

/** An entry of `pagerduty_configs:`. */
export function pagerdutyPlan(spot: Spot, globals: GlobalSettings): NotifierPlan {
  const read = readPagerduty(spot) ?? {};
  const keys = [read.routing_key, read.routing_key_file] as const;
  const routingKey = secretOf(spot, ['routing_key', 'routing_key_file'], keys);
  if (routingKey === undefined) return refuse(spot, 'needs routing_key or routing_key_file');
  const url = read.url ?? globals.pagerdutyUrl;
  const hasDetails = Object.keys(read.details ?? {}).length > 0;
  return {
    kind: 'pagerduty',
    options: {
      routingKey,
      sendsResolved: read.send_resolved ?? true,
      severity: read.severity || 'error',
      ...delivering(read, globals),
      ...(url !== undefined && { url }),
      ...(read.client && { client: read.client }),
      ...(read.client_url && { clientUrl: read.client_url }),
      ...(read.description && { description: read.description }),
      ...(read.source && { source: read.source }),
      ...(read.class && { class: read.class }),
      ...(read.component && { component: read.component }),
      ...(read.group && { group: read.group }),
      ...(hasDetails && read.details && { details: read.details }),
      ...(read.links?.length && { links: read.links.map(({ href = '', text = '' }) => ({ href, text })) }),
      ...(read.images?.length && {
        images: read.images.map(({ src = '', alt = '', href = '' }) => ({ src, alt, href })),
      }),
    },
  };
}

const readEmail = section(
  {
    send_resolved: flag,
    to: plainText,
    from: plainText,
    smarthost,
    hello: text,
    auth_username: text,
    auth_password: text,
    auth_password_file: text,
    auth_secret: text,
    auth_secret_file: text,
    require_tls: flag,
    tls_config: tlsConfig,
    html: plainText,
    text: plainText,
    headers: mapOf(plainText),
  },
  {
    auth_identity: 'the user name is the identity',
    force_implicit_tls: 'use port 465 for TLS from the start',
    threading: 'each mail stands alone',
  },
);

/** An entry of `email_configs:`. */
export function emailPlan(spot: Spot, { mail }: GlobalSettings): NotifierPlan {
  const read = readEmail(spot) ?? {};
  const from = read.from || mail.from;
  const server = read.smarthost || mail.smarthost;
  if (!read.to) return refuse(spot, 'needs an address in to');
  if (!from) return refuse(spot, 'needs an address in from, or smtp_from in global');
  if (!server) return refuse(spot, 'needs smarthost, or smtp_smarthost in global');
  const auth = mailAuth(spot, read, { mail });
  const tls = read.tls_config ?? mail.tls;
  return {
    kind: 'email',
    options: {
      to: read.to,
      from,
      smarthost: server,
      hello: read.hello || mail.hello || 'localhost',
      requiresTls: read.require_tls ?? mail.requiresTls ?? true,
      sendsResolved: read.send_resolved ?? false,
      ...(auth && { auth }),
      ...(tls && { tls }),
      ...(read.headers && { headers: read.headers }),
      ...(read.html !== undefined && { html: read.html }),
      ...(read.text !== undefined && { text: read.text }),
    },
  };
}

interface MailSecrets {
  auth_username?: string;
  auth_password?: string;
  auth_password_file?: string;
  auth_secret?: string;
  auth_secret_file?: string;
}

/** Without a user nobody is authenticated; a shared secret means CRAM-MD5. */
function mailAuth(
  spot: Spot,
  read: MailSecrets,
  { mail }: Pick<GlobalSettings, 'mail'>,
): EmailNotifierOptions['auth'] {
  const username = read.auth_username || mail.username;
  if (!username) return undefined;
  const passwords = [read.auth_password, read.auth_password_file] as const;
  const secrets = [read.auth_secret, read.auth_secret_file] as const;
  const password = secretOf(spot, ['auth_password', 'auth_password_file'], passwords) ?? mail.password;
  if (password !== undefined) return { username, password };
  const shared = secretOf(spot, ['auth_secret', 'auth_secret_file'], secrets) ?? mail.cramMd5Secret;
  if (shared !== undefined) return { username, password: shared, method: 'CRAM-MD5' };
  return refuse(spot, 'auth_username needs auth_password');
}
