import type { AlertState, LabelMatcher, PostedAlert, Silence } from '@dreamnet/contracts';
import type { AuditDraft } from '../audit/audit-chain.js';
import { coreError } from '../errors.js';
import { alertPages, recentAlerts } from './alert-pages.js';
import { mustBe } from './argument-check.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import { recordFirst, refuseUnkept } from './kept-decisions.js';
import type { Rooms } from './rooms.js';

type AlertFunctions = Pick<
  DreamNetOSCoreFacade,
  | 'getActiveAlerts'
  | 'getRecentAlerts'
  | 'getAlert'
  | 'alertPage'
  | 'alertView'
  | 'resolveAlert'
  | 'acknowledgeAlert'
  | 'closeAlert'
  | 'decideAlert'
  | 'postAlerts'
>;

/** What a person may decide about an alert, and in which states. */
export const ALERT_DECISIONS = {
  acknowledge: ['detected', 'active'],
  resolve: ['detected', 'active'],
  close: ['resolved'],
} as const satisfies Record<string, readonly AlertState[]>;

/** A decision about an alert: what, by whom, and why. */
export interface AlertDecision {
  verb: keyof typeof ALERT_DECISIONS;
  by: string;
  why?: string | undefined;
}

/** Whom to silence: labels with exact values, or matchers; from now on unless said otherwise. Times are epoch ms. */
export interface SilenceRequest extends Pick<Silence, 'endsAt' | 'createdBy' | 'comment' | 'windows'> {
  id?: string;
  matchers: Readonly<Record<string, string>> | readonly LabelMatcher[];
  startsAt?: number;
}

/** Who acts when nobody is named: whoever holds this object. */
const CALLER = 'caller';

/** Alerts and what people do to them; each change is announced in the audit log before it is made. */
export function alertFunctions(rooms: Rooms): AlertFunctions {
  const { alerts, alerting, inFlight, keeper } = rooms;
  const decide = (id: string, decision: AlertDecision): boolean => {
    if (!isPossible(rooms, id, decision)) return false;
    refuseUnkept(rooms, `${decision.verb} ${id}`);
    inFlight.track(keeper.commit(draftOf(id, decision)));
    return carryOut(rooms, id, decision);
  };
  return {
    getActiveAlerts: () => [
      ...alerts.active(),
      ...alerting.external.list().filter(({ state }) => state === 'active'),
    ],
    getRecentAlerts: (limit = 50) => recentAlerts(rooms, limit),
    getAlert: (id) => alerts.get(id) ?? alerting.external.get(id),
    ...alertPages(rooms),
    resolveAlert: (id, by = CALLER, why) => decide(id, { verb: 'resolve', by, why }),
    acknowledgeAlert: (id, by) => decide(id, { verb: 'acknowledge', by }),
    closeAlert: (id, by) => decide(id, { verb: 'close', by }),
    decideAlert: async (id, decision) => {
      if (alerting.external.get(id) !== undefined) throw coreError('DN_CORE_ALERT_EXTERNAL', { id });
      if (!isPossible(rooms, id, decision)) return false;
      await recordFirst(rooms, draftOf(id, decision));
      const isDone = carryOut(rooms, id, decision);
      // The audit trail alone would know of it after kill -9, and the alert would be nobody's again.
      await alerts.written();
      return isDone;
    },
    postAlerts: (posted: readonly PostedAlert[]) => {
      mustBe('list of objects', 'postAlerts(alerts)', posted);
      return alerting.delivery.post(posted);
    },
  };
}

/** What is silenced. */
export function silenceFunctions(
  rooms: Rooms,
): Pick<DreamNetOSCoreFacade, 'silence' | 'silences' | 'expireSilence'> {
  const { clock, alerting } = rooms;
  const { silences } = alerting.delivery;
  return {
    silence: async (request) => {
      mustBe('object', 'silence(request)', request);
      const { matchers: given, startsAt, ...rest } = request;
      mustBe(Array.isArray(given) ? 'list of objects' : 'object', 'silence(request): matchers', given);
      const matchers = matchersOf(given);
      const starts = startsAt ?? clock.now();
      const { createdBy, comment, endsAt } = rest;
      const target = matchers.map(({ name, value }) => `${name}=${value}`).join(',');
      await recordFirst(rooms, {
        actor: createdBy,
        action: 'alert.silence',
        target,
        details: { startsAt: starts, endsAt, comment },
      });
      return silences.set({ ...rest, matchers, startsAt: starts });
    },
    silences: () => silences.list().map((silence) => ({ ...silence, state: silences.stateOf(silence) })),
    expireSilence: async (id, by) => {
      const known = silences.get(id);
      if (known === undefined || silences.stateOf(known) === 'expired') return false;
      await recordFirst(rooms, { actor: by, action: 'alert.unsilence', target: id });
      return silences.expire(id);
    },
  };
}

function matchersOf(given: SilenceRequest['matchers']): readonly LabelMatcher[] {
  if (Array.isArray(given)) return given as readonly LabelMatcher[];
  return Object.entries(given).map(([name, value]) => ({
    name,
    value: String(value),
    isEqual: true,
    isRegex: false,
  }));
}

function isPossible({ alerts }: Rooms, id: string, { verb }: AlertDecision): boolean {
  const alert = alerts.get(id);
  const states: readonly AlertState[] = ALERT_DECISIONS[verb];
  return alert !== undefined && states.includes(alert.state);
}

function carryOut({ alerts }: Rooms, id: string, { verb, by, why }: AlertDecision): boolean {
  if (verb === 'resolve') return alerts.resolve(id, by, why);
  return verb === 'acknowledge' ? alerts.acknowledge(id, by, why) : alerts.close(id, by, why);
}

function draftOf(target: string, { verb, by, why }: AlertDecision): AuditDraft {
  return { actor: by, action: `alert.${verb}`, target, details: why === undefined ? {} : { why } };
}
