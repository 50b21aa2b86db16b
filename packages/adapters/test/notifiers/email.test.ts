import type { AddressInfo } from 'node:net';
import { type DreamnetError, systemClock } from '@dreamnet/kit';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
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
  const state: { how: Behaviour; answers: Record<string, number> } = { how: 'take', answers: {} };
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
    onRcptTo: ({ address }, _session, done) => {
      if (state.how === 'hang') return;
      const own = state.answers[address];
      if (own !== undefined) return done(Object.assign(new Error('not here'), { responseCode: own }));
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
afterEach(() => {
  server.state.answers = {};
  server.state.how = 'take';
});
afterAll(() => server.close());

const send = async (over: Partial<EmailNotifierOptions>, notification = aGroupNotification()) => {
  const notifier = createEmailNotifier({ ...base(server.smarthost), ...over });
  await notifier.notify(notification, new AbortController().signal);
  return server.mails.at(-1);
};

/** One attempt after the other at the same, each with what the one before said of who is left, by a notifier of its own. */
function attemptsAt(over: Partial<EmailNotifierOptions> = {}) {
  const notification = aGroupNotification();
  return async (again: Partial<EmailNotifierOptions> = {}) => {
    const notifier = createEmailNotifier({ ...base(server.smarthost), ...over, ...again });
    try {
      await notifier.notify(notification, new AbortController().signal);
    } catch (thrown) {
      notification.undelivered = JSON.parse(
        JSON.stringify((thrown as DreamnetError).details.undelivered ?? null),
      );
      throw thrown;
    }
  };
}

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

test('email: a recipient refused for good is a final refusal that names it; the others have the mail', async () => {
  server.state.answers = { 'boss@example.org': 550 };
  const failing = send({});
  await expect(failing).rejects.toMatchObject({ code: 'DN_NOTIFY_REFUSED', retryable: false });
  await expect(failing).rejects.toThrow('550: refused for boss@example.org');
  await expect(failing).rejects.toMatchObject({ details: { isPartlyTold: true } });
  await expect(failing).rejects.not.toThrow('on-call@example.org');
  expect(server.mails.at(-1)?.recipients).toEqual(['on-call@example.org']);
});

test('email: a recipient put off is tried again alone, and one refused for good is named once all is said', async () => {
  const [deferred, gone] = ['boss@example.org', 'gone@example.org'];
  const to = `On Call <on-call@example.org>, ${deferred}, ${gone}`;
  const attempt = attemptsAt({ to });
  server.state.answers = { [deferred]: 451, [gone]: 550 };
  const first = attempt();
  await expect(first).rejects.toMatchObject({ code: 'DN_NOTIFY_UNAVAILABLE', retryable: true });
  await expect(first).rejects.toThrow(deferred);
  await expect(first).rejects.toMatchObject({ details: { isPartlyTold: true } });
  const before = server.mails.length;
  await expect(attempt()).rejects.toMatchObject({ code: 'DN_NOTIFY_UNAVAILABLE' });
  expect(server.mails).toHaveLength(before);
  server.state.answers = { [gone]: 550 };
  const last = attempt();
  await expect(last).rejects.toMatchObject({ code: 'DN_NOTIFY_REFUSED' });
  await expect(last).rejects.toThrow(gone);
  await expect(last).rejects.toMatchObject({ details: { isPartlyTold: true } });
  expect(server.mails.slice(before).map(({ recipients }) => recipients)).toEqual([[deferred]]);
  expect(server.mails.at(-1)?.source).toContain('To: On Call <on-call@example.org>');
});

test('email: while nobody has the mail the failure does not say that somebody has, and once somebody has it does', async () => {
  const attempt = attemptsAt();
  server.state.answers = { 'on-call@example.org': 451, 'boss@example.org': 550 };
  await expect(attempt()).rejects.toMatchObject({ details: { isPartlyTold: false } });
  server.state.answers = { 'boss@example.org': 550 };
  await expect(attempt()).rejects.toMatchObject({ retryable: false, details: { isPartlyTold: true } });
  server.state.answers = { 'on-call@example.org': 550, 'boss@example.org': 550 };
  await expect(send({})).rejects.toMatchObject({ retryable: false, details: { isPartlyTold: false } });
});

test('email: once the recipients are others, what an attempt before left says nothing of them', async () => {
  const attempt = attemptsAt();
  server.state.answers = { 'boss@example.org': 451 };
  await expect(attempt()).rejects.toMatchObject({ details: { isPartlyTold: true } });
  server.state.answers = {};
  await attempt({ to: 'on-call@example.org, deputy@example.org' });
  expect(server.mails.at(-1)?.recipients).toEqual(['on-call@example.org', 'deputy@example.org']);
});

test.each([
  null,
  'bob',
  { to: base('').to, putOff: [{}], refused: [] },
  { to: base('').to, putOff: [null], refused: [] },
])('email: what is no word of ours about who is left leaves nobody out: %j', async (undelivered) => {
  await send({}, aGroupNotification({ undelivered }));
  expect(server.mails.at(-1)?.recipients).toEqual(['on-call@example.org', 'boss@example.org']);
});

test('email: who is left is said without the password that an answer repeats', async () => {
  server.state.how = 'refuse';
  const failing = send({});
  await expect(failing).rejects.toMatchObject({ details: { undelivered: { refused: [{}, {}] } } });
  const { details } = await failing.then(
    () => expect.fail(),
    (thrown: unknown) => thrown as DreamnetError,
  );
  expect(JSON.stringify(details)).not.toContain(PASSWORD);
});

test('email: when nobody is taken, one that is put off is still worth another try', async () => {
  server.state.answers = { 'on-call@example.org': 451, 'boss@example.org': 550 };
  await expect(send({})).rejects.toMatchObject({ code: 'DN_NOTIFY_UNAVAILABLE' });
  server.state.answers = { 'on-call@example.org': 550, 'boss@example.org': 451 };
  await expect(send({})).rejects.toMatchObject({ code: 'DN_NOTIFY_UNAVAILABLE' });
});

test('email: a server address without a port is refused when the notifier is made', () => {
  expect(() => createEmailNotifier(base('mail.example.org'))).toThrow('host:port');
});
