import type { Notifier } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aGroupNotification, aResolvedAlert } from './notification.fixture.js';

/** A receiver of one kind, as the suite drives it. */
export interface ReceiverUnderTest {
  notifier: Notifier;
  /** Texts that must never be shown: addresses' secrets, passwords, keys. */
  secrets: readonly string[];
  /** How many messages it took so far. */
  taken(): number;
  /** How the next messages are met. */
  behave(how: 'take' | 'refuse' | 'overloaded' | 'hang'): void;
  close(): Promise<void>;
}

/** What every notifier that goes over a network does; `open` makes a fresh receiver with a timeout of 300 ms. */
export function describeNotifierConformance(kind: string, open: () => Promise<ReceiverUnderTest>): void {
  let receiver: ReceiverUnderTest;
  const never = () => new AbortController().signal;
  const fails = async (signal = never()): Promise<DreamnetError> => {
    const outcome = await receiver.notifier.notify(aGroupNotification(), signal).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(outcome, 'the delivery had to fail').toBeInstanceOf(DreamnetError);
    return DreamnetError.from(outcome);
  };
  const showsNoSecret = (error: DreamnetError) => {
    const shown = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
    for (const secret of receiver.secrets) expect(shown).not.toContain(secret);
  };

  beforeAll(async () => {
    receiver = await open();
  });
  afterAll(() => receiver.close());

  test(`${kind}: resolves when the receiver has taken the message, firing or resolved`, async () => {
    receiver.behave('take');
    const before = receiver.taken();
    await receiver.notifier.notify(aGroupNotification(), never());
    await receiver.notifier.notify(aGroupNotification({ alerts: [aResolvedAlert()] }), never());
    expect(receiver.taken() - before).toBe(2);
  });

  test(`${kind}: delivers several at a time`, async () => {
    receiver.behave('take');
    const before = receiver.taken();
    await Promise.all([1, 2, 3, 4].map(() => receiver.notifier.notify(aGroupNotification(), never())));
    expect(receiver.taken() - before).toBe(4);
  });

  test(`${kind}: a refusal is final and shows no secret`, async () => {
    receiver.behave('refuse');
    const error = await fails();
    expect(error).toMatchObject({ code: 'DN_NOTIFY_REFUSED', retryable: false });
    expect(error.message).toContain(`team/${receiver.notifier.name}`);
    showsNoSecret(error);
  });

  test(`${kind}: an overloaded receiver is worth another try`, async () => {
    receiver.behave('overloaded');
    const error = await fails();
    expect(error).toMatchObject({ code: 'DN_NOTIFY_UNAVAILABLE', retryable: true });
    showsNoSecret(error);
  });

  test(`${kind}: one that does not answer in time is worth another try`, async () => {
    receiver.behave('hang');
    const error = await fails();
    expect(error).toMatchObject({ code: 'DN_NOTIFY_TIMEOUT', retryable: true });
    showsNoSecret(error);
  });

  test(`${kind}: ends soon after the signal aborts`, async () => {
    receiver.behave('hang');
    const stopping = new AbortController();
    const failing = fails(stopping.signal);
    stopping.abort();
    const error = await failing;
    expect(error.code).not.toBe('DN_NOTIFY_TIMEOUT');
    showsNoSecret(error);
  });

  test(`${kind}: one that is not there is worth another try`, async () => {
    await receiver.close();
    const error = await fails();
    expect(error).toMatchObject({ code: 'DN_NOTIFY_UNREACHABLE', retryable: true });
    showsNoSecret(error);
  });
}
