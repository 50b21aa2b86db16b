import type { SubsystemView } from '@dreamnet/contracts';
import { CornerDownRight } from 'lucide-react';
import { useSubsystems } from '../api/queries.js';
import { DOMAINS } from '../api/views.js';
import { useNow } from '../ui/now.js';
import { Loaded, Nothing, Panel } from '../ui/panel.js';
import { durationText } from '../ui/time-text.js';
import { STATUS_TONE, ToneIcon } from '../ui/tone.js';

const WORST_FIRST = ['error', 'warn', 'unknown', 'ok'];

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
                <DomainGroup
                  key={domain}
                  label={label}
                  subsystems={subsystems.filter((subsystem) => subsystem.domain === domain)}
                />
              ))}
            </div>
          )
        }
      </Loaded>
    </Panel>
  );
}

function DomainGroup({ label, subsystems }: { label: string; subsystems: readonly SubsystemView[] }) {
  if (subsystems.length === 0) return null;
  const sorted = [...subsystems].sort(
    (a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status) || a.name.localeCompare(b.name),
  );
  return (
    <div className="min-w-0 py-1">
      <h3 className="text-[11px] text-faint">{label}</h3>
      <ul>
        {sorted.map((subsystem) => (
          <Row key={subsystem.name} subsystem={subsystem} />
        ))}
      </ul>
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
      <span className="font-medium whitespace-nowrap">{name}</span>
      <span className="sr-only">{status}</span>
      {dependsOn.length > 0 && (
        <span
          className="inline-flex items-center gap-0.5 text-xs whitespace-nowrap text-faint"
          title={`needs ${dependsOn.join(', ')}`}
        >
          <CornerDownRight aria-hidden size={10} />
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
