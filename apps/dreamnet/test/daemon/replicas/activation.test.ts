import type { DreamnetError } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type Activation, createActivation } from '../../../src/daemon/replicas/activation.js';
import { programError } from '../../../src/errors.js';

function setUp({ limit = 2, holdMs = 1000, sleepers = ['web'] } = {}) {
  const clock = createFakeClock();
  const served = new Set<string>();
  const woken: string[] = [];
  let refusal: Error | undefined;
  const refusals = new Map<string, DreamnetError>();
  const activation = createActivation({
    clock,
    publish: () => undefined,
    sleeperOf: (capability, passedOver) => {
      const agent = sleepers.find((name) => !passedOver.has(name));
      return capability === 'echo' && agent !== undefined ? { agent, limit, holdMs } : undefined;
    },
    refusalOf: (agent) => refusals.get(agent),
    lastEnd: () => '; last it ended with exit code 3',
    isServed: (capability) => served.has(capability),
    wake: async (agent) => {
      woken.push(agent);
      if (refusal) throw refusal;
    },
  });
  const refuse = (error: Error) => {
    refusal = error;
  };
  return { clock, served, woken, activation, refuse, refusals };
}

const call = (activation: Activation, more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  activation.admit({ capability: 'echo', timeoutMs: 30_000, signal: new AbortController().signal, ...more });

const codeOf = async (admission: ReturnType<typeof call>) => {
  const { ok, ...rest } = await admission;
  return ok ? 'ok' : 'outcome' in rest && !rest.outcome.ok ? rest.outcome.code : undefined;
};

test('held calls: those with a route, and those nobody sleeps for, go on at once', async () => {
  const { activation, served, woken } = setUp();
  const other = { capability: 'other', timeoutMs: 1, signal: new AbortController().signal };
  expect(await activation.admit(other)).toEqual({ ok: true, waitedMs: 0, refused: [] });
  served.add('echo');
  expect(await call(activation)).toEqual({ ok: true, waitedMs: 0, refused: [] });
  expect(woken).toEqual([]);
});

test('held calls: they go on when a route comes, and how long they waited is told', async () => {
  const { activation, served, clock, woken } = setUp();
  const one = call(activation);
  const two = call(activation);
  expect([activation.held('web'), woken]).toEqual([2, ['web', 'web']]);
  await clock.advance(400);
  activation.changed();
  expect(activation.held('web')).toBe(2);
  served.add('echo');
  activation.changed();
  expect([await one, await two]).toEqual([
    { ok: true, waitedMs: 400, refused: [] },
    { ok: true, waitedMs: 400, refused: [] },
  ]);
  expect(activation.held('web')).toBe(0);
});

test('held calls: no more than the limit, and room again when one goes on', async () => {
  const { activation, clock } = setUp({ limit: 1 });
  const first = call(activation);
  expect(await codeOf(call(activation))).toBe('DN_AGENT_HELD_FULL');
  await clock.advance(1000);
  expect(await codeOf(first)).toBe('DN_AGENT_NOT_AWAKE');
  void call(activation);
  expect(activation.held('web')).toBe(1);
});

test('held calls: one that is refused names the agent that did not come, and how long it was waited for', async () => {
  const { activation, clock } = setUp();
  const admission = call(activation);
  await clock.advance(1000);
  expect(await admission).toMatchObject({
    ok: false,
    outcome: {
      attempts: [
        {
          provider: 'web',
          ok: false,
          latencyMs: 1000,
          error: expect.stringMatching(/^DN_AGENT_NOT_AWAKE: /),
        },
      ],
    },
  });
});

test('held calls: no longer than its own deadline', async () => {
  const { activation, clock } = setUp({ holdMs: 10_000 });
  const short = call(activation, { timeoutMs: 50 });
  await clock.advance(50);
  expect(await codeOf(short)).toBe('DN_AGENT_NOT_AWAKE');
});

test('held calls: a caller that goes away is not waited for', async () => {
  const { activation } = setUp();
  const controller = new AbortController();
  const one = call(activation, { signal: controller.signal });
  controller.abort();
  expect(await codeOf(one)).toBe('DN_AGENT_CALLER_GONE');
  const late = call(activation, { signal: controller.signal });
  expect(await codeOf(late)).toBe('DN_AGENT_CALLER_GONE');
  expect(activation.held('web')).toBe(0);
});

test('held calls: what cannot be started is said at once, before and after it was tried', async () => {
  const { activation, refuse } = setUp();
  const one = call(activation);
  activation.failed('web', programError('DN_AGENT_NOT_STARTED', { reason: 'X', message: 'no secret' }));
  expect(await codeOf(one)).toBe('DN_AGENT_NOT_STARTED');
  refuse(programError('DN_AGENT_NOT_RUNNING', { name: 'web#1', because: 'no secret' }));
  expect(await codeOf(call(activation))).toBe('DN_AGENT_NOT_RUNNING');
});

test('held calls: the end of the daemon ends every wait', async () => {
  const { activation } = setUp();
  const one = call(activation);
  activation.close();
  expect(await codeOf(one)).toBe('DN_AGENT_NOT_RUNNING');
});

const stopped = (name: string) =>
  programError('DN_AGENT_NOT_RUNNING', { name, because: 'stopped by admin', delivered: false });

test('held calls: when whom they wait for will not serve any more they are told at once why', async () => {
  const { activation, refusals, clock } = setUp();
  const one = call(activation);
  await clock.advance(300);
  activation.changed();
  expect(activation.held('web')).toBe(1);
  refusals.set('web', stopped('web'));
  activation.changed();
  expect(await one).toMatchObject({
    outcome: {
      code: 'DN_AGENT_NOT_RUNNING',
      message: expect.stringContaining('stopped by admin'),
      attempts: [{ provider: 'web', latencyMs: 300 }],
    },
  });
  expect(activation.held('web')).toBe(0);
});

test('held calls: whom one agent refused is held for the next that would serve it, within the same deadline', async () => {
  const { activation, refusals, woken, served, clock } = setUp({ sleepers: ['web', 'spare'] });
  const one = call(activation);
  const short = call(activation, { timeoutMs: 500 });
  await clock.advance(300);
  refusals.set('web', stopped('web'));
  activation.changed();
  await clock.advance(0);
  expect([activation.held('web'), activation.held('spare')]).toEqual([0, 2]);
  expect(woken.slice(2)).toEqual(['spare', 'spare']);
  await clock.advance(200);
  expect(await short).toMatchObject({
    outcome: { code: 'DN_AGENT_NOT_AWAKE', attempts: [{ provider: 'web' }, { provider: 'spare' }] },
  });
  served.add('echo');
  activation.changed();
  expect(await one).toMatchObject({ ok: true, waitedMs: 500, refused: [{ provider: 'web', ok: false }] });
});

test('held calls: one that is late is told how the process ended that it waited for', async () => {
  const { activation, clock } = setUp();
  const one = call(activation);
  await clock.advance(1000);
  expect(await one).toMatchObject({
    outcome: {
      message: expect.stringContaining('did not serve within 1 s; last it ended with exit code 3;'),
    },
  });
});
