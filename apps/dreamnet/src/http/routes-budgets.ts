import type { FreezeView } from '@dreamnet/contracts';
import { agentOf } from '@dreamnet/os-linker';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
import {
  freezeSchema,
  releaseSchema,
  reserveSchema,
  settleSchema,
  spendingSchema,
} from './budget-schemas.js';
import { pathValue } from './request-values.js';
import { addRoutes } from './route.js';

/** Long enough to be cheap, short enough for whatever stands between to keep it open. */
const LONGEST_WAIT_MS = 25_000;

/** Budgets, reservations, and what is frozen. */
export function addBudgetRoutes(app: FastifyInstance, daemon: Daemon): void {
  addBudgetViews(app, daemon);
  addLimitRoutes(app, daemon);
  addReservationRoutes(app, daemon);
  addFreezeRoutes(app, daemon);
}

function addBudgetViews(app: FastifyInstance, { budgets }: Daemon): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/budgets',
      role: 'viewer',
      tag: 'budgets',
      summary: 'Budgets with what is used, reserved and left, and what is frozen',
      answer: () => ({ budgets: budgets.views(), frozen: budgets.freezes() }),
    },
    {
      method: 'GET',
      path: '/api/budgets/:name',
      role: 'viewer',
      tag: 'budgets',
      summary: 'One budget',
      answer: (request) => budgets.view(pathValue(request, 'name')),
    },
    {
      method: 'GET',
      path: '/api/reservations',
      role: 'viewer',
      tag: 'budgets',
      summary: 'What is reserved now',
      answer: () => ({ reservations: budgets.reservations() }),
    },
  ]);
}

function addLimitRoutes(app: FastifyInstance, { budgets, core }: Daemon): void {
  addRoutes(app, [
    {
      method: 'PUT',
      path: '/api/budgets/:name',
      role: 'admin',
      tag: 'budgets',
      summary:
        "Limits that hold instead of the fleet file's; with none in the body those of the file hold again",
      body: spendingSchema,
      answer: async (request) => {
        const name = pathValue(request, 'name');
        const limits = spendingSchema.parse(request.body);
        const isBack = Object.keys(limits).length === 0;
        budgets.view(name);
        await core.audit.record({
          actor: actorOf(request),
          action: 'budget.set',
          target: name,
          details: isBack ? { limits: 'as in the fleet file' } : { limits },
        });
        return budgets.setLimits(name, isBack ? undefined : limits, actorOf(request));
      },
    },
    {
      method: 'POST',
      path: '/api/budgets/:name/reset',
      role: 'admin',
      tag: 'budgets',
      summary: 'Forget what was spent in this window; what is reserved stays reserved',
      answer: async (request) => {
        const name = pathValue(request, 'name');
        const { measures } = budgets.view(name);
        const used = Object.fromEntries(measures.map((one) => [one.measure, one.used]));
        await core.audit.record({
          actor: actorOf(request),
          action: 'budget.reset',
          target: name,
          details: { used },
        });
        return budgets.reset(name, actorOf(request));
      },
    },
  ]);
}

function addReservationRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { budgets } = daemon;
  addRoutes(app, [
    {
      method: 'POST',
      path: '/api/reservations',
      role: 'agent',
      tag: 'budgets',
      summary: 'Ask before spending: answered with a reservation on disk, or refused with the reason',
      body: reserveSchema,
      answer: async (request, reply) => {
        const { agent: named, capability, holdFor, ...told } = reserveSchema.parse(request.body);
        const agent = spenderOf(request, named);
        if (!daemon.agents.find(agent))
          throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: agent });
        const outcome = await budgets.reserve({
          agent,
          told,
          ...(capability !== undefined && { capability }),
          ...(holdFor !== undefined && { holdMs: holdFor }),
        });
        if (!outcome.ok) throw outcome.refusal;
        void reply.code(201);
        return outcome.reservation.view;
      },
    },
    {
      method: 'POST',
      path: '/api/reservations/:id/settle',
      role: 'agent',
      tag: 'budgets',
      summary: 'Tell what was spent; what is left out counts as reserved',
      body: settleSchema,
      answer: async (request) => {
        const { agent: named, ...used } = settleSchema.parse(request.body);
        const id = pathValue(request, 'id');
        await budgets.settle(id, { agent: spenderOf(request, named), used });
        return { id, settled: true };
      },
    },
    {
      method: 'POST',
      path: '/api/reservations/:id/release',
      role: 'agent',
      tag: 'budgets',
      summary: 'Give a reservation back: nothing was spent',
      answer: async (request) => {
        const { agent: named } = releaseBodyOf(request);
        const id = pathValue(request, 'id');
        await budgets.settle(id, { agent: spenderOf(request, named), isUnspent: true });
        return { id, released: true };
      },
    },
  ]);
}

function addFreezeRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { budgets, freezes } = daemon;
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/freeze',
      role: 'viewer',
      tag: 'budgets',
      summary: 'What is frozen, by whom, since when and why',
      answer: () => ({ frozen: budgets.freezes() }),
    },
    {
      method: 'POST',
      path: '/api/freeze',
      role: 'operator',
      tag: 'budgets',
      summary:
        'Stop the spending of an agent, of a budget, or of all: at once, until it is released; with `stop` end who could spend',
      answer: (request) => freezes.freeze(freezeSchema.parse(request.body ?? {}), actorOf(request)),
    },
    {
      method: 'POST',
      path: '/api/freeze/release',
      role: 'operator',
      tag: 'budgets',
      summary: 'Let it spend again, and start whom the freeze had ended',
      answer: async (request) => {
        const { name } = releaseSchema.parse(request.body ?? {});
        return freezes.release(name, actorOf(request));
      },
    },
    {
      method: 'GET',
      path: '/api/freeze/wait',
      role: 'agent',
      tag: 'budgets',
      summary: 'For agents: answered when the one of the token is frozen, or after 25 s, then ask again',
      answer: async (request) => ({ frozen: (await waitForFreeze(daemon, request)) ?? null }),
    },
  ]);
}

/** An agent's own word holds for itself only; whoever else asks says for whom. */
function spenderOf({ caller }: FastifyRequest, named: string | undefined): string {
  // Replicas spend for the agent they belong to.
  const who = caller?.agent ?? named;
  const agent = who === undefined ? undefined : agentOf(who);
  if (agent === undefined)
    throw programError('DN_API_BAD_INPUT', { where: 'agent', why: 'say whose spending it is' });
  if (named !== undefined && agentOf(named) !== agent)
    throw programError('DN_REPORT_FOREIGN', { agent, subsystem: named });
  return agent;
}

function releaseBodyOf(request: FastifyRequest): { agent: string | undefined } {
  const { agent } = settleSchema.parse(request.body ?? {});
  return { agent };
}

function waitForFreeze(
  { budgets, onEvent, clock }: Daemon,
  { caller, raw }: FastifyRequest,
): Promise<FreezeView | undefined> {
  const look = () => {
    if (caller?.agent === undefined) return budgets.freezes()[0];
    const agent = agentOf(caller.agent);
    if (budgets.freezes().length === 0) return undefined;
    // A freeze of a budget for one capability concerns the agent while it spends for that.
    const spent = budgets.reservations().filter((one) => one.agent === agent);
    const spenders = [undefined, ...new Set(spent.map(({ capability }) => capability ?? undefined))];
    return spenders
      .map((capability) => budgets.frozen({ agent, ...(capability !== undefined && { capability }) }))
      .find((found) => found !== undefined);
  };
  return new Promise((resolve) => {
    const now = look();
    if (now || caller?.agent === undefined) return resolve(now);
    const end = () => {
      stopHearing();
      clock.clearTimeout(timer);
      raw.socket.removeListener('close', end);
      resolve(look());
    };
    const stopHearing = onEvent(({ type }) => {
      if (type === 'spending.frozen' && look()) end();
    });
    const timer = clock.setTimeout(end, LONGEST_WAIT_MS);
    raw.socket.once('close', end);
  });
}
