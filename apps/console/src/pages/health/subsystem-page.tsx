import type { SubsystemView } from '@dreamnet/contracts';
import { ArrowLeft, Bell } from 'lucide-react';
import { hrefOf } from '../../address/address.js';
import { useAlerts, useSubsystems } from '../../api/queries.js';
import { DOMAINS } from '../../api/views.js';
import { RangeSwitch } from '../../chart/range-switch.js';
import { Axis } from '../../ui/axis.js';
import { Moment } from '../../ui/moment.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { Rows } from '../../ui/rows.js';
import { Badge, SEVERITY_TONE, STATUS_TONE, ToneIcon, toneText } from '../../ui/tone.js';
import { MetricCharts } from './metric-charts.js';

/** One subsystem: its axes with their reasons, its open alerts, and the history of its metrics. */
export function SubsystemPage({ name }: { name: string }) {
  const query = useSubsystems();
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <a
          href={hrefOf('health')}
          className="inline-flex h-8 items-center gap-1.5 rounded pr-2 text-soft hover:text-text"
        >
          <ArrowLeft aria-hidden size={14} />
          Health
        </a>
        <div className="ml-auto overflow-x-auto">
          <RangeSwitch />
        </div>
      </div>
      <Loaded query={query} lines={4}>
        {({ subsystems }) => {
          const subsystem = subsystems.find((one) => one.name === name);
          return subsystem ? (
            <Facts subsystem={subsystem} answeredAt={query.dataUpdatedAt} />
          ) : (
            <Panel title={name}>
              <Nothing>
                The daemon knows no subsystem of this name now. Its history may still be there.
              </Nothing>
            </Panel>
          );
        }}
      </Loaded>
      <OpenAlerts name={name} />
      <MetricCharts subject={name} />
    </div>
  );
}

function Facts({ subsystem, answeredAt }: { subsystem: SubsystemView; answeredAt: number }) {
  const { name, status, reason, axes, domain, dependsOn, lastUpdatedAt, isAgent } = subsystem;
  const label = DOMAINS.find((row) => row.domain === domain)?.label ?? domain;
  return (
    <Panel title={name} note={`${isAgent ? 'agent' : 'service'}, ${label}`}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
        <ToneIcon tone={STATUS_TONE[status]} size={18} />
        <span className={`text-base font-semibold ${toneText(STATUS_TONE[status])}`}>{status}</span>
        <span className="min-w-0 break-words text-soft">{reason}</span>
        <span className="ml-auto text-xs text-faint">
          {lastUpdatedAt === null ? (
            'nothing was ever seen of it'
          ) : (
            <>
              newest evidence <Moment at={lastUpdatedAt} />
            </>
          )}
        </span>
      </div>
      <dl className="grid gap-x-6 gap-y-3 border-t border-line px-3 py-2 sm:grid-cols-3">
        <AxisFact word="Liveness: it exists">
          <Axis name="liveness" axis={axes.liveness} answeredAt={answeredAt} isWhole />
        </AxisFact>
        <AxisFact word="Readiness: it can serve">
          <Axis name="readiness" axis={axes.readiness} answeredAt={answeredAt} isWhole />
        </AxisFact>
        <AxisFact word="Progress: work moves">
          <Axis name="progress" axis={axes.progress} answeredAt={answeredAt} isWhole />
        </AxisFact>
      </dl>
      {dependsOn.length > 0 && (
        <p className="border-t border-line px-3 py-2 text-xs text-soft">
          Needs{' '}
          {dependsOn.map((other, index) => (
            <span key={other}>
              {index > 0 && ', '}
              <a className="text-accent hover:underline" href={hrefOf('health', ['subsystem', other])}>
                {other}
              </a>
            </span>
          ))}
        </p>
      )}
    </Panel>
  );
}

function AxisFact({ word, children }: { word: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="mb-0.5 text-[11px] text-faint">{word}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** More are on the page of alerts. */
const SHOWN = 5;

function OpenAlerts({ name }: { name: string }) {
  const { data } = useAlerts({ state: 'open', subsystem: name, order: 'worst', limit: SHOWN });
  if (data === undefined || data.alerts.length === 0) return null;
  return (
    <Panel
      title="Open alerts"
      note={data.total}
      aside={
        <a
          href={hrefOf('alerts', [], { subsystem: name })}
          className="inline-flex h-7 items-center gap-1 text-xs text-accent hover:underline"
        >
          <Bell aria-hidden size={12} />
          On the page of alerts
        </a>
      }
    >
      <Rows>
        {data.alerts.map((alert) => (
          <li
            key={alert.id}
            className="flex items-center gap-2 border-b border-line px-3 py-1.5 last:border-0"
          >
            <ToneIcon tone={SEVERITY_TONE[alert.severity]} />
            <a
              href={hrefOf('alerts', [], { subsystem: name, alert: alert.id })}
              className="min-w-0 flex-1 break-words hover:underline"
            >
              {alert.message}
            </a>
            <Badge tone={SEVERITY_TONE[alert.severity]}>{alert.severity}</Badge>
            <span className="text-xs whitespace-nowrap text-faint">
              <Moment at={alert.detectedAt} />
            </span>
          </li>
        ))}
      </Rows>
    </Panel>
  );
}
