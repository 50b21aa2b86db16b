import {
  createAlertmanagerNotifier,
  createBusNotifier,
  createEmailNotifier,
  createPagerdutyNotifier,
  createSlackNotifier,
  createWebhookNotifier,
  fileSecret,
  type HttpAccess,
  type Secret,
} from '@dreamnet/adapters';
import type { Clock, Notifier, PublishEvent } from '@dreamnet/contracts';
import type { Vault } from '@dreamnet/os-linker';
import type { ReceiverEntry, SecretEntry } from '../config/alerts-schema.js';
import { programError } from '../errors.js';

/** What notifiers are made with. */
export interface NotifierTools {
  clock: Clock;
  publish: PublishEvent;
  vault: Pick<Vault, 'get'>;
  variables: Readonly<Record<string, string | undefined>>;
  /** Relative paths of secret files start here. */
  resolvePath(path: string): string;
}

type Ways = Required<Omit<ReceiverEntry, 'name'>>;
type Way<K extends keyof Ways> = Exclude<Ways[K], undefined>[number];
type Made<K extends keyof Ways> = (options: Way<K>, name: string, tools: NotifierTools) => Notifier;

/** How each way of telling is made; the order is that in which a receiver's ways are listed. */
const WAYS: { readonly [K in keyof Ways]: Made<K> } = {
  webhook: (options, name, tools) =>
    createWebhookNotifier({
      ...httpOf(options, name, tools),
      url: secretOf(options.url, tools),
      sendsResolved: options.sendResolved,
      maxAlerts: options.maxAlerts,
    }),
  slack: ({ channel, username, title, text, ...options }, name, tools) =>
    createSlackNotifier({
      ...httpOf(options, name, tools),
      ...given({ channel, username, title, text }),
      url: secretOf(options.url, tools),
      sendsResolved: options.sendResolved,
    }),
  email: (options, name, tools) =>
    createEmailNotifier({
      name,
      clock: tools.clock,
      to: options.to.join(', '),
      from: options.from,
      smarthost: options.smarthost,
      requiresTls: options.requireTls,
      timeoutMs: options.timeout,
      sendsResolved: options.sendResolved,
      ...(options.subject === undefined ? {} : { headers: { Subject: options.subject } }),
      ...(options.username === undefined || options.password === undefined
        ? {}
        : { auth: { username: options.username, password: secretOf(options.password, tools) } }),
    }),
  pagerduty: ({ url, severity, ...options }, name, tools) =>
    createPagerdutyNotifier({
      ...httpOf(options, name, tools),
      ...given({ url, severity }),
      routingKey: secretOf(options.routingKey, tools),
      sendsResolved: options.sendResolved,
    }),
  alertmanager: (options, name, tools) =>
    createAlertmanagerNotifier({ ...httpOf(options, name, tools), url: options.url }),
  bus: ({ subject, sendResolved }, name, { publish }) =>
    createBusNotifier({ name, publish, sendsResolved: sendResolved, ...given({ subject }) }),
};

/** The ways to tell a receiver, named `webhook[0]`, `email[1]`, ... */
export function toNotifiers(entry: ReceiverEntry, tools: NotifierTools): readonly Notifier[] {
  return (Object.keys(WAYS) as (keyof Ways)[]).flatMap((kind) => makeWays(kind, entry, tools));
}

function makeWays<K extends keyof Ways>(kind: K, entry: ReceiverEntry, tools: NotifierTools): Notifier[] {
  const wanted = (entry[kind] ?? []) as readonly Way<K>[];
  return wanted.map((options, index) => WAYS[kind](options, `${kind}[${index}]`, tools));
}

interface HttpOptions {
  timeout: number;
  headers: Readonly<Record<string, SecretEntry>>;
  bearer?: SecretEntry | undefined;
  basicAuth?: { username: string; password: SecretEntry } | undefined;
}

function httpOf(options: HttpOptions, name: string, tools: NotifierTools) {
  const { headers, bearer, basicAuth, timeout } = options;
  const access: HttpAccess = {
    headers: Object.fromEntries(
      Object.entries(headers).map(([header, value]) => [header, secretOf(value, tools)]),
    ),
    ...(bearer === undefined ? {} : { authorization: { credentials: secretOf(bearer, tools) } }),
    ...(basicAuth === undefined
      ? {}
      : { basicAuth: { username: basicAuth.username, password: secretOf(basicAuth.password, tools) } }),
  };
  return { name, clock: tools.clock, timeoutMs: timeout, access };
}

/** Read at each use: a secret that is set or changed later counts from the next message on. */
function secretOf(entry: SecretEntry, tools: NotifierTools): Secret {
  if (typeof entry === 'string') return entry;
  if (entry.from === 'file') return fileSecret(tools.resolvePath(entry.path));
  return async () => {
    const value = entry.from === 'vault' ? await tools.vault.get(entry.key) : tools.variables[entry.name];
    if (value !== undefined) return value;
    throw entry.from === 'vault'
      ? programError('DN_ALERTS_NO_SECRET', { where: 'the vault', name: entry.key })
      : programError('DN_ALERTS_NO_SECRET', { where: 'the environment', name: entry.name });
  };
}

function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
