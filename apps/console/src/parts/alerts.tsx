import type { Alert } from '@dreamnet/contracts';
import { Check, Eye } from 'lucide-react';
import { useState } from 'react';
import { hrefOf } from '../address/address.js';
import { useAlerts } from '../api/queries.js';
import { isPosted, textBeside } from '../labels/alert-text.js';
import { CommandButton } from '../ui/command-button.js';
import { Evidence } from '../ui/evidence.js';
import { useNow } from '../ui/now.js';
import { counted } from '../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../ui/panel.js';
import { Rows } from '../ui/rows.js';
import { durationText, spanText } from '../ui/time-text.js';
import { Badge, SEVERITY_TONE, ToneIcon } from '../ui/tone.js';

const VIEWS = [
  { state: 'open', label: 'Open' },
  { state: 'recent', label: 'Recent' },
] as const;
/** More are on the page of alerts. */
const SHOWN = 30;
type ViewState = (typeof VIEWS)[number]['state'];

/** The alerts that are open, or the newest ones whatever became of them. */
export function Alerts() {
  const [view, setView] = useState<ViewState>('open');
  const query = useAlerts({ state: view, order: view === 'open' ? 'worst' : 'newest', limit: SHOWN });
  return (
    <Panel title="Alerts" note={query.data?.total} aside={<ViewSwitch view={view} onChange={setView} />}>
      <Loaded query={query} lines={4}>
        {({ alerts, total }) =>
          alerts.length === 0 ? (
            <Nothing>{view === 'open' ? 'No open alerts.' : 'There has been no alert yet.'}</Nothing>
          ) : (
            <>
              <Rows className="max-h-96 overflow-y-auto">
                {alerts.map((alert) => (
                  <AlertItem key={alert.id} alert={alert} />
                ))}
              </Rows>
              {total > alerts.length && (
                <a
                  href={hrefOf('alerts', [], { state: view === 'open' ? '' : view })}
                  className="block border-t border-line px-3 py-2 text-xs text-accent hover:underline"
                >
                  All {counted(total, 'alert')}
                </a>
              )}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

function ViewSwitch({ view, onChange }: { view: ViewState; onChange: (view: ViewState) => void }) {
  return VIEWS.map(({ state, label }) => (
    <button
      key={state}
      type="button"
      aria-pressed={view === state}
      onClick={() => onChange(state)}
      className="h-7 rounded px-2 text-xs text-soft hover:text-text aria-pressed:bg-raised aria-pressed:text-text"
    >
      {label}
    </button>
  ));
}

function AlertItem({ alert }: { alert: Alert }) {
  const now = useNow();
  const isOpen = alert.state === 'detected' || alert.state === 'active';
  return (
    <li className="flex flex-wrap gap-2.5 border-b border-line px-3 py-2 last:border-0">
      <span className="pt-0.5">
        <ToneIcon tone={isOpen ? SEVERITY_TONE[alert.severity] : 'good'} />
      </span>
      <div className="min-w-48 flex-1">
        <p className="break-words">
          <span className="font-semibold">{alert.subsystem}</span> {textBeside(alert)}
        </p>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-0.5 text-xs text-faint">
          <Badge tone={isOpen ? SEVERITY_TONE[alert.severity] : 'quiet'}>
            {isOpen ? alert.severity : alert.state}
          </Badge>
          <span>{fateOf(alert, now)}</span>
          {alert.causedBy !== undefined && (
            <span className="text-soft">because of {alert.causedBy}, does not notify</span>
          )}
          {alert.acknowledgedBy !== undefined && <span>seen by {alert.acknowledgedBy}</span>}
        </p>
        <Evidence evidence={alert.evidence} />
      </div>
      {isOpen && !isPosted(alert) && <AlertButtons alert={alert} />}
    </li>
  );
}

function AlertButtons({ alert }: { alert: Alert }) {
  const path = `api/alerts/${encodeURIComponent(alert.id)}`;
  const about = `the alert about ${alert.subsystem}`;
  return (
    <div className="flex shrink-0 items-start gap-1">
      {alert.acknowledgedBy === undefined && (
        <CommandButton
          path={`${path}/acknowledge`}
          label="Ack"
          describe={`Acknowledge ${about}`}
          icon={Eye}
        />
      )}
      <CommandButton path={`${path}/resolve`} label="Resolve" describe={`Resolve ${about}`} icon={Check} />
    </div>
  );
}

/** Since when it lasts, or how long it lasted. */
function fateOf(alert: Alert, now: number): string {
  const end = alert.resolvedAt ?? alert.closedAt;
  if (end === undefined) return `for ${durationText(now - alert.detectedAt)}`;
  return `${durationText(now - end)} ago, lasted ${spanText(end - alert.detectedAt)}`;
}
