import type { HttpAccess, Secret } from '@dreamnet/adapters';
import { httpConfig, secretOf, tlsConfig } from './http-section.js';
import { type Reading, section } from './reading.js';
import { duration, flag, httpUrl, plainText, smarthost, text } from './values.js';

/** What receivers fall back to. */
export interface GlobalSettings {
  readonly resolveTimeoutMs?: number;
  readonly access?: HttpAccess;
  readonly slackUrl?: Secret;
  readonly pagerdutyUrl?: string;
  readonly mail: MailSettings;
}

/** What a mail needs beside its addressee. */
export interface MailSettings {
  readonly from?: string;
  readonly smarthost?: string;
  readonly hello?: string;
  readonly username?: string;
  readonly password?: Secret;
  readonly cramMd5Secret?: Secret;
  readonly requiresTls?: boolean;
  readonly tls?: HttpAccess['tls'];
}

/** Defaults of receivers that are refused themselves: without such a receiver they say nothing. */
const UNUSED = Object.fromEntries(
  [
    'jira_api_url',
    'opsgenie_api_key',
    'opsgenie_api_key_file',
    'opsgenie_api_url',
    'rocketchat_api_url',
    'rocketchat_token',
    'rocketchat_token_file',
    'rocketchat_token_id',
    'rocketchat_token_id_file',
    'telegram_api_url',
    'telegram_bot_token',
    'telegram_bot_token_file',
    'victorops_api_key',
    'victorops_api_key_file',
    'victorops_api_url',
    'webex_api_url',
    'wechat_api_corp_id',
    'wechat_api_secret',
    'wechat_api_secret_file',
    'wechat_api_url',
    'mattermost_webhook_url',
    'mattermost_webhook_url_file',
  ].map((key) => [key, text] as const),
);

const readGlobal = section(
  {
    ...UNUSED,
    resolve_timeout: duration,
    http_config: httpConfig,
    slack_api_url: httpUrl,
    slack_api_url_file: text,
    pagerduty_url: httpUrl,
    smtp_from: plainText,
    smtp_smarthost: smarthost,
    smtp_hello: text,
    smtp_auth_username: text,
    smtp_auth_password: text,
    smtp_auth_password_file: text,
    smtp_auth_secret: text,
    smtp_auth_secret_file: text,
    smtp_require_tls: flag,
    smtp_tls_config: tlsConfig,
  },
  {
    smtp_auth_identity: 'the user name is the identity',
    smtp_force_implicit_tls: 'use port 465 for TLS from the start',
    slack_app_token: 'use slack_api_url',
    slack_app_token_file: 'use slack_api_url_file',
    slack_app_url: 'use slack_api_url',
  },
);

/** `global:` */
export const globalSection: Reading<GlobalSettings> = (spot) => {
  const read = readGlobal(spot) ?? {};
  const secret = (value: string, file: string, values: readonly [string | undefined, string | undefined]) =>
    secretOf(spot, [value, file], values);
  const slackUrl = secret('slack_api_url', 'slack_api_url_file', [
    read.slack_api_url,
    read.slack_api_url_file,
  ]);
  const password = secret('smtp_auth_password', 'smtp_auth_password_file', [
    read.smtp_auth_password,
    read.smtp_auth_password_file,
  ]);
  const cramMd5Secret = secret('smtp_auth_secret', 'smtp_auth_secret_file', [
    read.smtp_auth_secret,
    read.smtp_auth_secret_file,
  ]);
  return {
    ...(read.resolve_timeout !== undefined && { resolveTimeoutMs: read.resolve_timeout }),
    ...(read.http_config && { access: read.http_config }),
    ...(slackUrl !== undefined && { slackUrl }),
    ...(read.pagerduty_url !== undefined && { pagerdutyUrl: read.pagerduty_url }),
    mail: {
      ...(read.smtp_from && { from: read.smtp_from }),
      ...(read.smtp_smarthost && { smarthost: read.smtp_smarthost }),
      ...(read.smtp_hello && { hello: read.smtp_hello }),
      ...(read.smtp_auth_username && { username: read.smtp_auth_username }),
      ...(password !== undefined && { password }),
      ...(cramMd5Secret !== undefined && { cramMd5Secret }),
      ...(read.smtp_require_tls !== undefined && { requiresTls: read.smtp_require_tls }),
      ...(read.smtp_tls_config && { tls: read.smtp_tls_config }),
    },
  };
};
