import type { AlertView } from '@dreamnet/contracts';
import { BellOff } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { hrefOf } from '../../address/address.js';
import { visibleText } from '../../api/foreign-text.js';
import { textBeside } from '../../labels/alert-text.js';
import { Button } from '../../ui/button.js';
import { Evidence } from '../../ui/evidence.js';
import { Moment } from '../../ui/moment.js';
import { Rows } from '../../ui/rows.js';
import { Badge, SEVERITY_TONE } from '../../ui/tone.js';
import { AlertActions } from './alert-actions.js';
import { labelsOf } from './alert-filter.js';
import { Standings } from './alert-row.js';
import { matchersOfAlert } from './silence-draft.js';
import { SilenceSheet } from './silence-form.js';

/** All that is known of one alert, and what can be done about it. */
export function AlertDetails({ alert }: { alert: AlertView }) {
  const [isSilencing, setSilencing] = useState(false);
  const isOpen = alert.state === 'detected' || alert.state === 'active';
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3 p-3">
      <div>
        <p className="text-base font-semibold break-words">{textBeside(alert)}</p>
        <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-faint">
          <Badge tone={isOpen ? SEVERITY_TONE[alert.severity] : 'quiet'}>{alert.severity}</Badge>
          <span>{alert.type}</span>
          <span>{alert.state}</span>
          <Standings alert={alert} />
        </p>
      </div>
      <div className="flex flex-wrap items-start gap-1.5">
        <AlertActions alert={alert} />
        <Button onClick={() => setSilencing(true)}>
          <BellOff aria-hidden size={13} />
          Silence
        </Button>
      </div>
      <Facts alert={alert} />
      <Labels alert={alert} />
      {Object.keys(alert.evidence).length > 0 && <Evidence evidence={alert.evidence} />}
      {isSilencing && <SilenceSheet matchers={matchersOfAlert(alert)} onClose={() => setSilencing(false)} />}
    </div>
  );
}

function Facts({ alert }: { alert: AlertView }) {
  const { subsystem, receivers, silencedBy, inhibitedBy, mutedBy, causedBy } = alert;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
      <Fact word="Subsystem">
        <a className="text-accent hover:underline" href={hrefOf('health', ['subsystem', subsystem])}>
          {subsystem}
        </a>
      </Fact>
      <Times alert={alert} />
      {alert.acknowledgedBy !== undefined && <Fact word="Acknowledged">by {alert.acknowledgedBy}</Fact>}
      {causedBy !== undefined && (
        <Fact word="Caused by">
          <a className="text-accent hover:underline" href={hrefOf('health', ['subsystem', causedBy])}>
            {causedBy}
          </a>
          : while that lasts nobody is told of this
        </Fact>
      )}
      {receivers && <Fact word="Receivers">{receivers.join(', ') || 'none: nobody is told'}</Fact>}
      {silencedBy && silencedBy.length > 0 && (
        <Fact word="Silenced by">
          {silencedBy.map((id) => (
            <a
              key={id}
              className="mr-2 font-mono text-xs text-accent hover:underline"
              href={hrefOf('alerts', ['silences'], { q: id })}
            >
              {id}
            </a>
          ))}
        </Fact>
      )}
      {inhibitedBy && inhibitedBy.length > 0 && (
        <Fact word="Inhibited by">
          <span className="font-mono text-xs break-all">{inhibitedBy.join(', ')}</span>
        </Fact>
      )}
      {mutedBy && mutedBy.length > 0 && <Fact word="Muted by">{mutedBy.join(', ')}</Fact>}
      {alert.incidentId !== undefined && (
        <Fact word="Incident">
          <a className="text-accent hover:underline" href={hrefOf('overview')}>
            <span className="font-mono text-xs">{alert.incidentId}</span>
          </a>
        </Fact>
      )}
      <Fact word="Fingerprint">
        <span className="font-mono text-xs break-all">{alert.fingerprint}</span>
      </Fact>
    </dl>
  );
}

function Times({ alert }: { alert: AlertView }) {
  const { detectedAt, activeAt, resolvedAt, closedAt, resolvedBy } = alert;
  const by = resolvedBy === undefined ? '' : ` by ${resolvedBy}`;
  return (
    <>
      <Fact word="Detected">
        <Moment at={detectedAt} />
      </Fact>
      {activeAt !== undefined && (
        <Fact word="Active">
          <Moment at={activeAt} />
        </Fact>
      )}
      {resolvedAt !== undefined && (
        <Fact word="Resolved">
          <Moment at={resolvedAt} />
          {by}
        </Fact>
      )}
      {closedAt !== undefined && (
        <Fact word="Closed">
          <Moment at={closedAt} />
        </Fact>
      )}
    </>
  );
}

function Labels({ alert }: { alert: AlertView }) {
  return (
    <div>
      <p className="mb-1 text-xs text-faint">Labels</p>
      <Rows className="flex flex-wrap gap-1">
        {Object.entries(labelsOf(alert)).map(([name, value]) => (
          <li key={name}>
            <a
              href={hrefOf('alerts', [], { labels: `${name}=${JSON.stringify(value)}`, alert: alert.id })}
              title="Show all alerts with it"
              className="inline-block rounded bg-raised px-1.5 py-0.5 font-mono text-[11px] break-all hover:text-accent"
            >
              {visibleText(name)}=<span className="text-soft">{visibleText(value)}</span>
            </a>
          </li>
        ))}
      </Rows>
    </div>
  );
}

function Fact({ word, children }: { word: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-xs leading-5 text-faint">{word}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
