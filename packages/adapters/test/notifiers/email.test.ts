import type { AddressInfo } from 'node:net';
import { systemClock } from '@dreamnet/kit';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmailNotifier, type EmailNotifierOptions } from '../../src/notifiers/email.js';
import { aFiringAlert, aGroupNotification } from './notification.fixture.js';
import { describeNotifierConformance } from './notifier-conformance.js';

const PASSWORD = 'pa55-5ecre7';

type Behaviour = 'take' | 'refuse' | 'overloaded' | 'hang';

interface Mail {
  user: string;
  recipients: string[];
  isEncrypted: boolean;
  source: string;
}

/** A real mail server with STARTTLS by its package's own certificate, and authentication. */
async function startMailServer() {
  const mails: Mail[] = [];
  const state: { how: Behaviour } = { how: 'take' };
  const server = new SMTPServer({
    authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
    allowInsecureAuth: true,
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,
    onAuth: (auth, _session, done) => {
      const isRight =
        auth.method === 'CRAM-MD5' ? auth.validatePassword(PASSWORD) : auth.password === PASSWORD;
      if (isRight) done(null, { user: auth.username });
      else done(new Error('Authentication credentials invalid'));
    },
    onRcptTo: (_address, _session, done) => {
      if (state.how === 'hang') return;
      if (state.how === 'refuse')
        done(Object.assign(new Error(`no such mailbox ${PASSWORD}`), { responseCode: 550 }));
      else if (state.how === 'overloaded') done(Object.assign(new Error('try later'), { responseCode: 451 }));
      else done();
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({
          user: String(session.user ?? ''),
          recipients: session.envelope.rcptTo.map(({ address }) => address),
          isEncrypted: session.secure,
          source: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return {
    mails,
    state,
    smarthost: `127.0.0.1:${port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const base = (smarthost: string): EmailNotifierOptions => ({
  name: 'email[0]',
  clock: systemClock(),
  to: 'on-call@example.org, boss@example.org',
  from: 'dreamnet@example.org',
  smarthost,
  tls: { isVerified: false },
  auth: { username: 'ops', password: async () => PASSWORD },
});

describeNotifierConformance('email', async () => {
  const server = await startMailServer();
  return {
    notifier: createEmailNotifier({ ...base(server.smarthost), timeoutMs: 300 }),
    secrets: [PASSWORD],
    taken: () => server.mails.length,
    behave: (how) => {
      server.state.how = how;
    },
    close: server.close,
  };
});

let server: Awaited<ReturnType<typeof startMailServer>>;
beforeAll(async () => {
  server = await startMailServer();
});
afterAll(() => server.close());

const send = async (over: Partial<EmailNotifierOptions>, notification = aGroupNotification()) => {
  const notifier = createEmailNotifier({ ...base(server.smarthost), ...over });
  await notifier.notify(notification, new AbortController().signal);
  return server.mails.at(-1);
};

test('email: is encrypted by STARTTLS, authenticated, and goes to every address', async () => {
  const mail = await send({});
  expect(mail).toMatchObject({
    user: 'ops',
    isEncrypted: true,
    recipients: ['on-call@example.org', 'boss@example.org'],
  });
  expect(mail?.source).toContain('Subject: [FIRING:1] AgentDown (critical)');
  expect(mail?.source).toContain('text/plain');
  expect(mail?.source).toContain('text/html');
});

test('email: CRAM-MD5 is spoken when it is asked for', async () => {
  const mail = await send({ auth: { username: 'ops', password: PASSWORD, method: 'CRAM-MD5' } });
  expect(mail?.user).toBe('ops');
});

test('email: wrong credentials are final and not shown', async () => {
  const failing = send({ auth: { username: 'ops', password: 'wr0ng-5ecre7' } });
  await expect(failing).rejects.toMatchObject({ code: 'DN_NOTIFY_REFUSED', retryable: false });
  await expect(failing).rejects.not.toThrow('wr0ng-5ecre7');
});

test('email: headers and texts of the configuration take the place of ours', async () => {
  const mail = await send({
    headers: { subject: 'Look here', 'X-Team': 'ops' },
    html: '',
    text: 'plain words',
  });
  expect(mail?.source).toContain('Subject: Look here');
  expect(mail?.source).toContain('X-Team: ops');
  expect(mail?.source).toContain('plain words');
  expect(mail?.source).not.toContain('text/html');
});

test('email: what an alert says cannot become markup of the mail', async () => {
  const alert = aFiringAlert({ annotations: { summary: '<script>alert(1)</script>' } });
  const mail = await send({}, aGroupNotification({ alerts: [alert] }));
  const html = mail?.source.slice(mail.source.indexOf('text/html')) ?? '';
  expect(html).not.toContain('<script>');
  expect(html).toContain('&lt;script');
});

test('email: a server address without a port is refused when the notifier is made', () => {
  expect(() => createEmailNotifier(base('mail.example.org'))).toThrow('host:port');
});
