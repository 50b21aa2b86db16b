import type { Clock, Notification, Notifier } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { SentMessageInfo, Transporter } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import { adaptersError } from '../errors.js';
import { htmlOf } from './email-html.js';
import {
  type RecipientRefusal,
  readUndelivered,
  type Undelivered,
  undeliveredOf,
  undeliveredText,
} from './email-recipients.js';
import { type HttpAccess, revealTls } from './http-access.js';
import { plainTextOf, titleOf } from './message-text.js';
import { maskSecrets, revealSecret, type Secret } from './secret.js';
import { type MailServer, parseSmarthost } from './smarthost.js';

export interface EmailNotifierOptions {
  /** Unique within its receiver, such as `email[0]`. */
  name: string;
  clock: Clock;
  /** One or more addresses, separated by commas. */
  to: string;
  from: string;
  /** The mail server as `host:port`. Port 465 means TLS from the start, every other one STARTTLS. */
  smarthost: string;
  /** How we greet; default this machine's name. */
  hello?: string;
  auth?: { username: string; password: Secret; method?: 'PLAIN' | 'LOGIN' | 'CRAM-MD5' };
  /** Refuse to send when the server does not encrypt. Default true. */
  requiresTls?: boolean;
  tls?: HttpAccess['tls'];
  /** Further headers; `Subject` is here, too. */
  headers?: Readonly<Record<string, string>>;
  /** Texts of one's own instead of ours; an empty one is left out. */
  html?: string;
  text?: string;
  /** From connecting to the server's word that it has the mail, ms. Default 30000. */
  timeoutMs?: number;
  /** Default false, as with Alertmanager. */
  sendsResolved?: boolean;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const TLS_PORT = 465;
const SHOWN_ALERTS = 100;

/**
 * A notifier that sends a mail. Delivers once per call over a connection of its own and may be called concurrently; the
 * mail client is loaded with the first mail. A recipient the server refuses makes the call fail though others have the
 * mail; called again with what its error said of `undelivered`, it goes to those that were put off only, unless `to` has
 * changed meanwhile.
 *
 * @throws DN_NOTIFY_CONFIG when the smarthost is not `host:port`.
 */
export function createEmailNotifier(options: EmailNotifierOptions): Notifier {
  const { name, clock, timeoutMs = DEFAULT_TIMEOUT_MS, sendsResolved = false } = options;
  const server = serverOf(options.smarthost, name);
  return {
    name,
    sendsResolved,
    notify: async (notification, signal) => {
      const place: Place = {
        receiver: `${notification.receiver}/${name}`,
        origin: options.smarthost,
        timeoutMs,
      };
      const password = await revealPassword(options, place);
      const transport = await openTransport(options, { server, password, place });
      const race = new AbortController();
      const stop = () => race.abort();
      const timer = clock.setTimeout(stop, timeoutMs);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      const before = readUndelivered(notification.undelivered, options.to);
      let left: Undelivered | undefined;
      try {
        const mail = { ...toMail(notification, options), ...envelopeFor(before, options) };
        left = undeliveredOf(await unlessAborted(transport.sendMail(mail), race.signal), before);
      } catch (thrown) {
        const isNobodyTaken = (thrown as { rejectedErrors?: unknown }).rejectedErrors !== undefined;
        left = isNobodyTaken ? undeliveredOf(thrown, before) : undefined;
        if (left === undefined)
          throw explain(thrown, {
            place,
            isLate: race.signal.aborted && !signal.aborted,
            secrets: [password],
          });
      } finally {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        transport.close();
      }
      if (left !== undefined)
        throw explainUndelivered({ ...left, to: options.to }, { place, secrets: [password] });
    },
  };
}

interface Place extends Record<string, unknown> {
  receiver: string;
  origin: string;
  timeoutMs: number;
}

function serverOf(text: string, receiver: string): MailServer {
  const server = parseSmarthost(text);
  if (server !== undefined) return server;
  throw adaptersError('DN_NOTIFY_CONFIG', { receiver, message: `its smarthost '${text}' is not host:port` });
}

async function revealPassword({ auth }: EmailNotifierOptions, { receiver }: Place): Promise<string> {
  try {
    return auth ? await revealSecret(auth.password) : '';
  } catch (thrown) {
    const message = `its password cannot be read: ${DreamnetError.from(thrown).message}`;
    throw adaptersError('DN_NOTIFY_CONFIG', { receiver, message }, thrown);
  }
}

interface Opening {
  server: MailServer;
  password: string;
  place: Place;
}

async function openTransport(options: EmailNotifierOptions, { server, password, place }: Opening) {
  const { createTransport } = await import('nodemailer');
  const { timeoutMs } = place;
  const settings: SMTPTransport.Options = {
    ...server,
    secure: server.port === TLS_PORT,
    requireTLS: options.requiresTls !== false,
    ...(options.hello !== undefined && { name: options.hello }),
    ...(options.auth && { auth: { user: options.auth.username, pass: password } }),
    ...(options.auth?.method !== undefined && { authMethod: options.auth.method }),
    tls: await readTls(options.tls, place),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  return createTransport(settings);
}

async function readTls(tls: HttpAccess['tls'], { receiver }: Place): Promise<SMTPTransport.Options['tls']> {
  try {
    return await revealTls(tls);
  } catch (thrown) {
    const message = `a file it needs cannot be read: ${DreamnetError.from(thrown).message}`;
    throw adaptersError('DN_NOTIFY_CONFIG', { receiver, message }, thrown);
  }
}

function toMail(
  notification: Notification,
  options: EmailNotifierOptions,
): Parameters<Transporter['sendMail']>[0] {
  const own = Object.entries(options.headers ?? {});
  const subject = own.find(([header]) => header.toLowerCase() === 'subject')?.[1];
  const text = options.text ?? plainTextOf(notification, SHOWN_ALERTS);
  const html = options.html ?? htmlOf(notification, SHOWN_ALERTS);
  return {
    from: options.from,
    to: options.to,
    subject: subject ?? titleOf(notification),
    headers: Object.fromEntries(own.filter(([header]) => header.toLowerCase() !== 'subject')),
    ...(text !== '' && { text }),
    ...(html !== '' && { html }),
  };
}

/** After a first attempt those that have the mail get it no second time; its header names all of them as before. */
function envelopeFor(before: Undelivered | undefined, { from }: EmailNotifierOptions) {
  const to = before?.putOff.map(({ recipient }) => recipient) ?? [];
  return to.length === 0 ? {} : { envelope: { from, to } };
}

function explainUndelivered(
  left: Undelivered & { to: string },
  { place, secrets }: Omit<Explaining, 'isLate'>,
): DreamnetError {
  const first = left.putOff[0] ?? left.refused[0];
  const details = {
    ...place,
    status: first?.responseCode,
    answer: maskSecrets(undeliveredText(left), secrets),
    isPartlyTold: left.isPartlyTold,
    // It may be kept: no secret that an answer repeats is in it.
    undelivered: { ...left, putOff: masked(left.putOff, secrets), refused: masked(left.refused, secrets) },
  };
  return adaptersError(left.putOff.length > 0 ? 'DN_NOTIFY_UNAVAILABLE' : 'DN_NOTIFY_REFUSED', details);
}

function masked(refusals: readonly RecipientRefusal[], secrets: readonly string[]): RecipientRefusal[] {
  return refusals.map((one) => ({ ...one, response: maskSecrets(one.response, secrets) }));
}

/** The mail client knows no signal: whoever waits is let go, and closing the transport ends the rest. */
function unlessAborted(sending: Promise<SentMessageInfo>, signal: AbortSignal): Promise<SentMessageInfo> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    sending.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

interface Explaining {
  place: Place;
  isLate: boolean;
  secrets: readonly string[];
}

/** Codes with which the server said no for good, whatever its answer's number. */
const REFUSED_CODES: readonly string[] = ['EAUTH', 'ENOAUTH', 'EENVELOPE', 'EMESSAGE', 'ETLS'];

function explain(thrown: unknown, { place, isLate, secrets }: Explaining): DreamnetError {
  if (isLate) return adaptersError('DN_NOTIFY_TIMEOUT', place);
  const {
    code = '',
    responseCode,
    response,
    message,
  } = thrown as {
    code?: string;
    responseCode?: number;
    response?: string;
    message?: string;
  };
  const text = maskSecrets(response ?? message ?? 'no reason given', secrets).slice(0, 200);
  const details = { ...place, status: responseCode ?? code, answer: text };
  // 4xx of SMTP is a passing trouble, 5xx a final one. @source RFC 5321 §4.2.1
  if (responseCode !== undefined && responseCode >= 400 && responseCode < 500)
    return adaptersError('DN_NOTIFY_UNAVAILABLE', details);
  if ((responseCode ?? 0) >= 500 || REFUSED_CODES.includes(code))
    return adaptersError('DN_NOTIFY_REFUSED', details);
  return adaptersError('DN_NOTIFY_UNREACHABLE', { ...place, message: text });
}
