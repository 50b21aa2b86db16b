import type { Incident } from '@dreamnet/contracts';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useIncidents, useStatus } from '../api/queries.js';
import { useNow } from '../ui/now.js';
import { Loaded, Nothing, Panel } from '../ui/panel.js';
import { Rows } from '../ui/rows.js';
import { durationText, spanText } from '../ui/time-text.js';
import { Badge, ToneIcon } from '../ui/tone.js';
import { IncidentTimeline } from './incident-timeline.js';

/** More are kept by the daemon; the page shows the newest. */
const SHOWN = 20;

/** What went wrong and what was done about it, newest first; the newest is open. */
export function Incidents() {
  const query = useIncidents();
  const [chosen, setChosen] = useState<string | null | undefined>(undefined);
  return (
    <Panel title="Incidents" note={summaryOf(query.data?.incidents, useStatus().data?.counts.openIncidents)}>
      <Loaded query={query} lines={6}>
        {({ incidents }) => {
          const sorted = [...incidents].sort(newestFirst).slice(0, SHOWN);
          const shown = chosen === undefined ? sorted[0]?.id : chosen;
          return sorted.length === 0 ? (
            <Nothing>No incident so far. When one happens, every step of its healing is kept here.</Nothing>
          ) : (
            <Rows>
              {sorted.map((incident) => (
                <IncidentItem
                  key={incident.id}
                  incident={incident}
                  isShown={incident.id === shown}
                  onToggle={() => setChosen(incident.id === shown ? null : incident.id)}
                />
              ))}
            </Rows>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function newestFirst(a: Incident, b: Incident): number {
  if (a.state !== b.state) return a.state === 'open' ? -1 : 1;
  return b.openedAt - a.openedAt;
}

/** @param open As the daemon counts them: the page asks for the newest only. */
function summaryOf(incidents: readonly Incident[] | undefined, open = 0): string | undefined {
  if (!incidents || incidents.length === 0) return undefined;
  const resolved = incidents.filter(({ state }) => state !== 'open').length;
  return `${open.toLocaleString('en')} open${resolved > 0 ? `, ${resolved} resolved lately` : ''}`;
}

interface IncidentItemProps {
  incident: Incident;
  isShown: boolean;
  onToggle: () => void;
}

function IncidentItem({ incident, isShown, onToggle }: IncidentItemProps) {
  const now = useNow();
  const isOpen = incident.state === 'open';
  return (
    <li className="border-b border-line last:border-0">
      <button
        type="button"
        aria-expanded={isShown}
        onClick={onToggle}
        className="flex w-full items-center gap-2 px-3 py-2 text-left hover:bg-raised"
      >
        <ChevronRight
          aria-hidden
          size={14}
          className={`shrink-0 text-faint transition-transform ${isShown ? 'rotate-90' : ''}`}
        />
        <ToneIcon tone={isOpen ? 'bad' : 'good'} />
        <span className="min-w-0 flex-1 font-medium wrap-anywhere">{incident.title}</span>
        <span className="text-xs whitespace-nowrap text-faint max-sm:hidden">{healedIn(incident)}</span>
        <Badge tone={isOpen ? 'bad' : 'quiet'}>
          {isOpen
            ? `open ${durationText(now - incident.openedAt)}`
            : `${durationText(now - (incident.resolvedAt ?? incident.openedAt))} ago`}
        </Badge>
      </button>
      {isShown && <IncidentTimeline incident={incident} />}
    </li>
  );
}

function healedIn(incident: Incident): string {
  const fault = incident.stages[0];
  const verified = incident.stages.find(({ stage }) => stage === 'verified');
  return fault && verified ? `healed in ${spanText(verified.at - fault.at)}` : '';
}
