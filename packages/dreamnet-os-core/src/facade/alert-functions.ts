import type { Alert, AlertState } from '@dreamnet/contracts';
import type { AuditDraft } from '../audit/audit-chain.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import type { Rooms } from './rooms.js';

type AlertFunctions = Pick<
  DreamNetOSCoreFacade,
  | 'getActiveAlerts'
  | 'getRecentAlerts'
  | 'getAlert'
  | 'resolveAlert'
  | 'acknowledgeAlert'
  | 'closeAlert'
  | 'silence'
  | 'silences'
>;

const OPEN: readonly AlertState[] = ['detected', 'active'];

/** Who acts when nobody is named: whoever holds this object. */
const CALLER = 'caller';

/** Alerts and what people do to them; each change is announced in the audit log before it is made. */
export function alertFunctions({ alerts, inFlight, keeper }: Rooms): AlertFunctions {
  const announce = (draft: AuditDraft): void => inFlight.track(keeper.commit(draft));
  const isIn = (id: string, states: readonly AlertState[]): boolean => {
    const alert = alerts.get(id);
    return alert !== undefined && states.includes(alert.state);
  };
  return {
    getActiveAlerts: (): Alert[] => [...alerts.active()],
    getRecentAlerts: (limit = 50): Alert[] => [...alerts.recent(limit)],
    getAlert: alerts.get,
    resolveAlert: (alertId, by = CALLER, why) => {
      if (!isIn(alertId, OPEN)) return false;
      announce({
        actor: by,
        action: 'alert.resolve',
        target: alertId,
        details: why === undefined ? {} : { why },
      });
      return alerts.resolve(alertId, by, why);
    },
    acknowledgeAlert: (alertId, by) => {
      if (!isIn(alertId, OPEN)) return false;
      announce({ actor: by, action: 'alert.acknowledge', target: alertId });
      return alerts.acknowledge(alertId, by);
    },
    closeAlert: (alertId, by) => {
      if (!isIn(alertId, ['resolved'])) return false;
      announce({ actor: by, action: 'alert.close', target: alertId });
      return alerts.close(alertId, by);
    },
    silence: (silence) => {
      const { matchers, startsAt, endsAt, createdBy, comment } = silence;
      const details = { startsAt, endsAt, comment };
      announce({ actor: createdBy, action: 'alert.silence', target: JSON.stringify(matchers), details });
      return alerts.silence(silence);
    },
    silences: alerts.silences,
  };
}
