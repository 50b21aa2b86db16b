import type { SubsystemView } from '@dreamnet/contracts';
import { useDeferredValue, useMemo } from 'react';
import { hrefOf } from '../../address/address.js';
import { useChoice } from '../../address/use-address.js';
import { useSubsystems } from '../../api/queries.js';
import { DOMAINS } from '../../api/views.js';
import { SearchField, SelectField } from '../../ui/fields.js';
import { useNow } from '../../ui/now.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { durationText, momentText } from '../../ui/time-text.js';
import { AXIS_TONE, STATUS_TONE, ToneIcon, toneText } from '../../ui/tone.js';
import { VirtualList } from '../../ui/virtual-list.js';
import { filterSubsystems } from './subsystem-filter.js';

const ROW_PX = 62;
const HIGHEST_PX = 620;
const STATUSES = ['error', 'warn', 'unknown', 'ok'].map((status) => ({ value: status, label: status }));
const DOMAIN_OPTIONS = DOMAINS.map(({ domain, label }) => ({ value: domain, label }));

/** Every subsystem with its three axes, the worst first. */
export function SubsystemList() {
  const query = useSubsystems();
  const [{ q: text = '', status = '', domain = '' }, choose] = useChoice();
  const sought = useDeferredValue(text);
  const all = query.data?.subsystems;
  const found = useMemo(
    () => (all ? filterSubsystems(all, { text: sought, status, domain }) : []),
    [all, sought, status, domain],
  );
  const note = all && (found.length === all.length ? all.length : `${found.length} of ${all.length}`);
  return (
    <Panel title="Subsystems" note={note}>
      <div className="flex flex-wrap gap-2 border-b border-line p-2">
        <SearchField label="Name or reason" value={text} onChange={(q) => choose({ q })} />
        <SelectField
          label="Status"
          value={status}
          options={[{ value: '', label: 'any status' }, ...STATUSES]}
          onChange={(next) => choose({ status: next })}
        />
        <SelectField
          label="Domain"
          value={domain}
          options={[{ value: '', label: 'all domains' }, ...DOMAIN_OPTIONS]}
          onChange={(next) => choose({ domain: next })}
        />
      </div>
      <Loaded query={query} lines={8}>
        {() =>
          found.length === 0 ? (
            <Nothing>
              {all?.length === 0 ? 'Nothing with health is known yet.' : 'No subsystem matches the filter.'}
            </Nothing>
          ) : (
            <VirtualList
              label="Subsystems"
              items={found}
              keyOf={({ name }) => name}
              rowPx={ROW_PX}
              highestPx={HIGHEST_PX}
            >
              {(subsystem) => <Row subsystem={subsystem} />}
            </VirtualList>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Row({ subsystem }: { subsystem: SubsystemView }) {
  const { name, status, reason, lastUpdatedAt, axes } = subsystem;
  const now = useNow();
  return (
    <a
      href={hrefOf('health', ['subsystem', name])}
      className="flex h-full items-center gap-2.5 px-3 hover:bg-raised focus-visible:-outline-offset-2"
    >
      <ToneIcon tone={STATUS_TONE[status]} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="truncate font-semibold" title={name}>
            {name}
          </span>
          <span className={`text-xs ${toneText(STATUS_TONE[status])}`}>{status}</span>
          <span
            className="ml-auto text-[11px] whitespace-nowrap text-faint"
            title={lastUpdatedAt === null ? 'nothing was ever seen of it' : momentText(lastUpdatedAt)}
          >
            {lastUpdatedAt === null ? 'never' : durationText(Math.max(0, now - lastUpdatedAt))}
          </span>
        </span>
        <span className="flex gap-x-3 text-xs whitespace-nowrap">
          <AxisWord name="liveness" state={axes.liveness.state} />
          <AxisWord name="readiness" state={axes.readiness.state} />
          <AxisWord name="progress" state={axes.progress.state} />
        </span>
        <span className="block truncate text-xs text-faint" title={reason}>
          {reason}
        </span>
      </span>
    </a>
  );
}

function AxisWord({ name, state }: { name: string; state: keyof typeof AXIS_TONE }) {
  const tone = AXIS_TONE[state];
  return (
    <span title={name} className="inline-flex items-center gap-1 text-soft">
      <ToneIcon tone={tone} size={11} />
      <span className="sr-only">{name}</span>
      <span className={tone === 'bad' ? toneText(tone) : ''}>{state.replace('_', ' ')}</span>
    </span>
  );
}
