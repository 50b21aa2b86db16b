import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';

/** A connection that is missing, whose fix waits for a person. `isLate`: whether it is there is answered later. */
async function askedGap(isLate: boolean) {
  const clock = createFakeClock();
  const core = createDreamNetOSCore({ clock, policy: { default: 'propose' } });
  const wire = { isUp: false, connects: 0 };
  const connect = (): void => {
    wire.connects += 1;
    wire.isUp = true;
  };
  const isConnected = () => (isLate ? Promise.resolve().then(() => wire.isUp) : wire.isUp);
  const ok = { status: () => 'ok' as const };
  const context = {
    a: { ...ok, manifest: { connections: [{ target: 'b', isConnected }] }, connect },
    b: ok,
  };
  core.detectIntegrationGaps(context);
  await core.settled();
  const [result] = core.autoFixIntegrationGaps(context);
  expect(result).toMatchObject({ state: 'needs_approval' });
  const id = result?.remedyId ?? '';
  const remedy = () => core.recoveryActions().find((one) => one.id === id);
  return { clock, core, wire, id, remedy };
}

test('approval of a fix: a gap that is gone by then is not fixed, and who approves is told', async () => {
  const { clock, core, wire, id, remedy } = await askedGap(false);
  wire.isUp = true;
  expect(core.approve(id, 'ada')).toEqual({ ok: false, because: 'it is over: the gap is gone' });
  await clock.advance(20_000);
  expect(remedy()).toMatchObject({ state: 'superseded', outcome: 'it is over: the gap is gone' });
  expect(wire.connects).toBe(0);
});

test('approval of a fix: one whose gap can only be asked about is withdrawn when the answer says that it is gone', async () => {
  const { clock, core, wire, id, remedy } = await askedGap(true);
  wire.isUp = true;
  expect(core.approve(id, 'ada')).toMatchObject({ ok: true });
  await clock.advance(20_000);
  expect(remedy()).toMatchObject({
    state: 'superseded',
    outcome: 'it is over: the gap is gone',
    decidedBy: 'ada',
  });
  expect(wire.connects).toBe(0);
  const entries = await core.audit.entries();
  expect(entries.filter(({ target }) => target === id).map(({ action }) => action)).toEqual([
    'remedy.approve',
  ]);
});

for (const isLate of [false, true])
  test(`approval of a fix: a gap that is still there is fixed once${isLate ? ', asked about or not' : ''}`, async () => {
    const { clock, core, wire, id, remedy } = await askedGap(isLate);
    expect(core.approve(id, 'ada')).toMatchObject({ ok: true });
    await clock.advance(20_000);
    expect(remedy()).toMatchObject({ state: 'succeeded' });
    expect(wire.connects).toBe(1);
    expect(core.getIntegrationGaps()).toEqual([]);
  });
