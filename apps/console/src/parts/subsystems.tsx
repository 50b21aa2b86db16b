import type { Domain, SubsystemView } from '@dreamnet/contracts';
import { CornerDownRight } from 'lucide-react';
import { useMemo } from 'react';
import { hrefOf } from '../address/address.js';
import { useSubsystems } from '../api/queries.js';
import { DOMAINS } from '../api/views.js';
import { filterSubsystems } from '../pages/health/subsystem-filter.js';
import { useNow } from '../ui/now.js';
import { Loaded, Nothing, Panel } from '../ui/panel.js';
import { Rows } from '../ui/rows.js';
import { durationText } from '../ui/time-text.js';
import { STATUS_TONE, ToneIcon } from '../ui/tone.js';

/** Of each domain; all of them are on the page of health. */
const SHOWN = 12;

/** Everything with health, agents and others, by domain. */
export function Subsystems() {
  const query = useSubsystems();
  return (
    <Panel title="Subsystems" note={query.data?.subsystems.length}>
      <Loaded query={query} lines={6}>
        {({ subsystems }) =>
          subsystems.length === 0 ? (
            <Nothing>Nothing with health is known yet.</Nothing>
          ) : (
            <div className="grid gap-x-6 px-3 py-2 lg:grid-cols-2">
              {DOMAINS.map(({ domain, label }) => (
                <DomainGroup key={domain} domain={domain} label={label} subsystems={subsystems} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Panel>
  );
}

interface DomainGroupProps {
  domain: Domain;
  label: string;
  /** Of all domains. */
  subsystems: readonly SubsystemView[];
}

function DomainGroup({ domain, label, subsystems }: DomainGroupProps) {
  const sorted = useMemo(
    () => filterSubsystems(subsystems, { text: '', status: '', domain }),
    [subsystems, domain],
  );
  if (sorted.length === 0) return null;
  return (
    <div className="min-w-0 py-1">
      <h3 className="text-[11px] text-faint">{label}</h3>
      <Rows>
        {sorted.slice(0, SHOWN).map((subsystem) => (
          <Row key={subsystem.name} subsystem={subsystem} />
        ))}
      </Rows>
      {sorted.length > SHOWN && (
        <a href={hrefOf('health', [], { domain })} className="text-xs text-accent hover:underline">
          {(sorted.length - SHOWN).toLocaleString('en')} more, the worst are above
        </a>
      )}
    </div>
  );
}

function Row({ subsystem }: { subsystem: SubsystemView }) {
  const now = useNow();
  const { name, status, reason, lastUpdatedAt, dependsOn } = subsystem;
  return (
    <li className="flex items-baseline gap-2 py-0.5">
      <span className="self-center">
        <ToneIcon tone={STATUS_TONE[status]} size={12} />
      </span>
      <a
        href={hrefOf('health', ['subsystem', name])}
        className="min-w-0 font-medium wrap-anywhere hover:underline"
      >
        {name}
      </a>
      <span className="sr-only">{status}</span>
      {dependsOn.length > 0 && (
        <span
          className="inline-flex min-w-0 items-center gap-0.5 text-xs wrap-anywhere text-faint"
          title={`needs ${dependsOn.join(', ')}`}
        >
          <CornerDownRight aria-hidden size={10} className="shrink-0" />
          {dependsOn.join(', ')}
        </span>
      )}
      <span className="min-w-0 flex-1 truncate text-xs text-soft" title={reason}>
        {reason}
      </span>
      <span className="text-[11px] whitespace-nowrap text-faint">
        {lastUpdatedAt === null ? 'never' : durationText(Math.max(0, now - lastUpdatedAt))}
      </span>
    </li>
  );
}
