import { isDeepStrictEqual } from 'node:util';
import type { CallOutcome, Route, Spending, SubsystemStatus } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { agentOf, frozenError } from '@dreamnet/os-linker';
import { programError } from '../errors.js';
import type { AgentFleet, FleetAgent } from './agent-fleet.js';
import { capabilitiesOf } from './agent-plan.js';
import { callable } from './agent-sessions.js';
import { createFirstAnswers } from './first-answers.js';
import type { DaemonParts } from './parts.js';
import type { Admission } from './replicas/activation.js';
import type { CallQueue } from './replicas/call-queue.js';
import { FREE_TURN, takeTurn } from './replicas/call-turn.js';
import type { CallHolding } from './replicas/scaling.js';
import { callPaid } from './spending/paid-call.js';
import { whyKeptOff, whyNotRouted, withdrawFrozen } from './why-not-routed.js';

export interface CallRequest {
  capability: string;
  input: unknown;
  timeoutMs: number;
  isIdempotent: boolean;
  signal: AbortSignal;
  /** What it is expected to spend. */
  estimate?: Spending | undefined;
}

/** Writes into the route table what an agent serves, by its entry and its health. */
function createAnnouncing(parts: DaemonParts, fleet: AgentFleet, holding: CallHolding | undefined) {
  const { bgp, core, carried, clock, budgets, onTrouble } = parts;
  /** Who looks for what an agent had once is told that it has it no more, not how its last process with it ended. */
  const confine = ({ name, entry }: FleetAgent) => {
    const names = capabilitiesOf(entry).map((capability) => capability.name);
    bgp.confine(name, names, 'it has this capability no more');
  };
  /** Says of each capability what the file and its health say now; what stands already stands as long as before. */
  const announce = (agent: FleetAgent) => {
    const { name, entry } = agent;
    if (budgets.frozen({ agent: agent.agent })) return withdrawFrozen(parts, fleet, name);
    confine(agent);
    const standing = new Map(bgp.routesOf(name).map((route) => [route.capability, route]));
    const wanted = capabilitiesOf(entry).map((capability) => ({
      capability: capability.name,
      provider: name,
      ...(agent.agent !== name && { group: agent.agent }),
      path: [],
      localPreference: entry.preference,
      cost: entry.cost,
      health: carried.isDoubted(name) ? 'degraded' : routeHealth(core.health(name)?.status),
      announcedAt: standing.get(capability.name)?.announcedAt ?? clock.now(),
    }));
    const news = wanted.filter((route) => !isDeepStrictEqual(route, standing.get(route.capability)));
    if (news.length === 0) return;
    for (const route of news) {
      const answer = bgp.announce(route);
      if (!answer.accepted) onTrouble(`${name}: '${route.capability}' is not routed: ${answer.because}`);
    }
    holding?.activation.changed();
    holding?.queue.changed();
  };
  return { announce, confine };
}

/** Of a call that there is nobody to hold for. */
const NOT_HELD: Admission = { ok: true, waitedMs: 0, refused: [] };

/** Keeps the route table true to readiness, and carries calls along it. */
export function createRouting(parts: DaemonParts, fleet: AgentFleet, holding?: CallHolding) {
  const { bgp, core, supervisor } = parts;
  const firstAnswers = createFirstAnswers(parts, fleet);
  const { announce, confine } = createAnnouncing(parts, fleet, holding);
  parts.carried.onChange((name) => {
    core.lookAtCalls(name);
    const agent = fleet.find(name);
    if (agent && bgp.routesOf(name).length > 0) announce(agent);
  });
  return {
    /** Until it has served for the first time, who asks for it is told why it does not. */
    expect: (agent: FleetAgent) => {
      const { name, entry } = agent;
      confine(agent);
      // What the file says of its routes counts at once, and not when it is next heard of.
      if (bgp.routesOf(name).length > 0) announce(agent);
      const names = capabilitiesOf(entry).map((capability) => capability.name);
      for (const capability of names)
        bgp.expect(name, capability, () =>
          fleet.find(name)?.entry === entry ? whyNotRouted(parts, fleet, name) : undefined,
        );
      // When the last of its replicas is gone.
      if (agent.agent !== name) expectWhole(parts, fleet, agent.agent);
    },
    /** The same of an agent with replicas that has none now. */
    expectWhole: (name: string) => expectWhole(parts, fleet, name),
    firstAnswers,
    /** After each change of an agent's health: who cannot answer is not routed to. */
    onHealthChange: (name: string) => {
      const health = core.health(name);
      const { readiness } = health?.axes ?? {};
      const agent = fleet.find(name);
      if (!agent || !readiness || fleet.isLeaving(name)) return;
      if (readiness.state === 'ready') {
        // That a process without a protocol is there proves nothing: only its running long enough does.
        if (agent.entry.protocol !== 'none') supervisor.markReady(name);
        announce(agent);
      } else if (readiness.state === 'not_ready')
        bgp.withdraw(name, 'all', () => whyKeptOff(parts, fleet, name) ?? readiness.reason);
      firstAnswers.changed();
    },
    call: async (request: CallRequest): Promise<CallOutcome> => {
      const frozen = sayFrozen(parts, fleet, request.capability);
      if (frozen) return { ok: false, attempts: [], ...frozen };
      // An agent that has no process because nothing was asked of it gets one; the call waits for it.
      const admission = (await holding?.activation.admit(request)) ?? NOT_HELD;
      if (!admission.ok) return admission.outcome;
      const heldMs = await firstAnswers.wait(request);
      const timeoutMs = Math.max(1, request.timeoutMs - admission.waitedMs - heldMs);
      const called = await callInTurn({ parts, fleet, queue: holding?.queue }, { ...request, timeoutMs });
      const outcome = { ...called, attempts: [...admission.refused, ...called.attempts] };
      if (outcome.ok || outcome.code !== 'DN_SPINE_NO_ROUTE') return maskErrors(parts, outcome);
      // Frozen meanwhile: that is the answer, not that there is no route.
      return { ...outcome, ...sayFrozen(parts, fleet, request.capability) };
    },
  };
}

function expectWhole(parts: DaemonParts, fleet: AgentFleet, agent: string): void {
  const entry = parts.loaded().fleet.agents[agent];
  if (!entry || !fleet.isReplicated(agent)) return;
  for (const { name } of capabilitiesOf(entry))
    parts.bgp.expect(agent, name, () => whyNone(parts, fleet, agent));
}

/** Why an agent has no processes, when that is because somebody wanted none. */
function whyNone(parts: DaemonParts, fleet: AgentFleet, agent: string): string | undefined {
  if (fleet.idsOf(agent).length > 0) return undefined;
  const kept = whyKeptOff(parts, fleet, agent);
  if (kept !== undefined) return kept;
  const isNone = fleet.record(agent)?.desired === 0;
  return isNone ? `it is scaled to 0; 'dreamnet scale ${agent} 1' starts a process` : undefined;
}

/** Who answers, but with something the matter, is asked after those with whom nothing is. */
function routeHealth(status: SubsystemStatus | undefined): Route['health'] {
  return status === 'warn' || status === 'error' ? 'degraded' : 'ready';
}

/** An error repeats what an agent answered; what is answered to the call itself is the caller's, as it is. */
function maskErrors({ redactor }: DaemonParts, outcome: CallOutcome): CallOutcome {
  const attempts = redactor.redactData(outcome.attempts);
  return outcome.ok
    ? { ...outcome, attempts }
    : { ...outcome, message: redactor.redact(outcome.message), attempts };
}

/** Calls when the processes of whoever is to be called have room. */
async function callInTurn(
  { parts, fleet, queue }: { parts: DaemonParts; fleet: AgentFleet; queue: CallQueue | undefined },
  request: CallRequest,
): Promise<CallOutcome> {
  const turn = queue ? await takeTurn({ ...parts, queue }, request) : FREE_TURN;
  if (!turn.ok) return turn.outcome;
  const { given, waitedMs, refused, passedOver } = turn;
  const ended = (agent: string) => queue?.ended(agent);
  const outcome = await parts.bgp.call(request.capability, request.input, {
    timeoutMs: Math.max(1, request.timeoutMs - waitedMs),
    mayAsk: ({ provider }) => !passedOver.has(agentOf(provider)),
    isIdempotent: request.isIdempotent,
    signal: request.signal,
    invoke: (route, input, limits) => carry(parts, fleet, { request, route, input, ...limits, given, ended }),
  });
  given();
  return { ...outcome, attempts: [...refused, ...outcome.attempts] };
}

interface CarriedCall {
  request: CallRequest;
  route: Route;
  input: unknown;
  signal: AbortSignal;
  timeoutMs: number;
  /** A process has the call. */
  given: () => void;
  /** It is over. */
  ended: (agent: string) => void;
}

/** One call to one agent, paid for. */
function carry(parts: DaemonParts, fleet: AgentFleet, call: CarriedCall): Promise<unknown> {
  const { request, route, input, signal, timeoutMs, given, ended } = call;
  const { name, agent, entry, session: found } = fleet.get(route.provider);
  const served = capabilitiesOf(entry).find((one) => one.name === route.capability);
  const session = callable(name, entry, found);
  const works = parts.calls.inFlight(name);
  // It was another's turn, and that one failed.
  if (works >= (entry.maxInFlight ?? Number.POSITIVE_INFINITY))
    throw programError('DN_AGENT_BUSY', { name, works, delivered: false });
  // Its time goes on while it is paid for.
  const begunMs = parts.clock.monotonic();
  const over = parts.calls.begin(name);
  given();
  const paid = callPaid(
    parts.budgets,
    {
      agent,
      capability: request.capability,
      estimate: request.estimate,
      ...{ timeoutMs, signal },
      invoke: (ending, onUsage) =>
        asEvidence(parts, { ...call, signal: ending, begunMs }, () =>
          session.invoke(served ?? { name: request.capability }, input, {
            timeoutMs,
            signal: ending,
            onUsage,
          }),
        ),
    },
    parts.onTrouble,
  );
  return paid.finally(() => {
    over();
    ended(agent);
  });
}

/** Timers are not exact. */
const SLACK_MS = 20;

function isOvertaken({ reason }: AbortSignal): boolean {
  return DreamnetError.is(reason) && reason.code === 'DN_SPINE_CALL_OVERTAKEN';
}

/** What becomes of the call says something about whoever is to answer it. */
async function asEvidence(
  { carried, clock }: DaemonParts,
  call: CarriedCall & { begunMs: number },
  invoke: () => Promise<unknown>,
): Promise<unknown> {
  const { route, timeoutMs, signal, request, begunMs } = call;
  const leftMs = () => begunMs + timeoutMs - clock.monotonic();
  const end = carried.begin(route.provider, leftMs());
  const isLate = () => leftMs() <= SLACK_MS;
  const breakOff = () => {
    if (request.signal.aborted) end('over');
    else if (isLate()) end('unanswered');
    else end(isOvertaken(signal) ? 'overtaken' : 'over');
  };
  signal.addEventListener('abort', breakOff, { once: true });
  try {
    const output = await invoke();
    end('answered');
    return output;
  } catch (thrown) {
    if (signal.aborted || isLate()) breakOff();
    else end(DreamnetError.from(thrown).details.delivered === false ? 'over' : 'answered');
    throw thrown;
  } finally {
    signal.removeEventListener('abort', breakOff);
  }
}

/** Is it because of a freeze that nobody serves this? Then nobody is started for it either. */
function sayFrozen(
  { bgp, budgets }: DaemonParts,
  fleet: AgentFleet,
  capability: string,
): { code: string; message: string } | undefined {
  if (budgets.freezes().length === 0) return undefined;
  if (bgp.isServed(capability)) return undefined;
  const freezes = fleet.namesFor(capability).map((agent) => budgets.frozen({ agent, capability }));
  const [freeze] = freezes;
  // One that is not frozen may come back any moment.
  if (!freeze || freezes.includes(undefined)) return undefined;
  const { code, message } = frozenError(freeze);
  return { code, message };
}
