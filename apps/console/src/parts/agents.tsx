import type { PsEntry } from '@dreamnet/contracts';
import { Play, RotateCcw, Square } from 'lucide-react';
import { useAgents } from '../api/queries.js';
import { Axis } from '../ui/axis.js';
import { CommandButton } from '../ui/command-button.js';
import { useNow } from '../ui/now.js';
import { Loaded, Nothing, Panel } from '../ui/panel.js';
import { durationText } from '../ui/time-text.js';
import { Badge, PROCESS_TONE } from '../ui/tone.js';

const COLUMNS =
  'grid grid-cols-[1fr_auto] gap-x-3 gap-y-1.5 md:grid-cols-[minmax(7.5rem,1.1fr)_repeat(3,minmax(0,1.25fr))_4.5rem_4rem]';

/** Every agent with its process and its three axes. */
export function Agents() {
  const query = useAgents();
  return (
    <Panel title="Agents" note={query.data?.agents.length}>
      <Loaded query={query} lines={8}>
        {({ agents }) =>
          agents.length === 0 ? (
            <Nothing>
              No agents. Name some in <code>dreamnet.yaml</code>.
            </Nothing>
          ) : (
            <>
              <div
                aria-hidden
                className={`${COLUMNS} px-3 pt-2 text-[11px] text-faint max-md:hidden md:items-end`}
              >
                <span>agent</span>
                <span>liveness: it exists</span>
                <span>readiness: it can serve</span>
                <span>progress: work moves</span>
                <span>process</span>
              </div>
              <ul>
                {agents.map((agent) => (
                  <Agent key={agent.id} agent={agent} answeredAt={query.dataUpdatedAt} />
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Agent({ agent, answeredAt }: { agent: PsEntry; answeredAt: number }) {
  const { liveness, readiness, progress } = agent.health;
  return (
    <li className={`${COLUMNS} border-b border-line px-3 py-2 last:border-0`}>
      <div className="min-w-0">
        <p className="flex items-center gap-2">
          <span className="truncate font-semibold">{agent.name}</span>
          <Badge tone={PROCESS_TONE[agent.status]}>{agent.status}</Badge>
        </p>
        <p className="truncate text-xs text-faint" title={agent.capabilities.join(', ')}>
          {agent.capabilities.join(', ') || 'no capabilities'}
        </p>
      </div>
      <div className="max-md:col-span-2 max-md:row-start-2 max-md:grid max-md:grid-cols-3 max-md:gap-3 md:contents">
        <Axis name="liveness" axis={liveness} answeredAt={answeredAt} />
        <Axis name="readiness" axis={readiness} answeredAt={answeredAt} />
        <Axis name="progress" axis={progress} answeredAt={answeredAt} />
      </div>
      <div className="max-md:col-span-2 max-md:row-start-3">
        <Process agent={agent} />
      </div>
      <Controls name={agent.name} isRunning={agent.pid !== null} />
    </li>
  );
}

function Process({ agent }: { agent: PsEntry }) {
  const now = useNow();
  const notes = [agent.isAdopted ? 'adopted from an earlier daemon' : '', ...agent.notEnforced];
  return (
    <div
      title={notes.filter(Boolean).join('; ') || undefined}
      className="text-xs whitespace-nowrap max-md:flex max-md:gap-3"
    >
      <p className={`font-mono ${agent.pid === null ? 'text-faint' : ''}`}>
        {agent.pid === null ? phaseText(agent, now) : `pid ${agent.pid}`}
      </p>
      <p className="text-faint">
        {agent.startedAt !== null && `${durationText(now - agent.startedAt)}`}
        {agent.restarts > 0 && (
          <span className="text-warn" title={`restarted ${agent.restarts} times`}>
            {' '}
            ↻{agent.restarts}
            <span className="sr-only"> restarts</span>
          </span>
        )}
      </p>
    </div>
  );
}

/** Why there is no process, and when there will be one. */
function phaseText(agent: PsEntry, now: number): string {
  if (agent.nextAttemptAt === null) return agent.phase;
  return `${agent.phase} ${durationText(Math.max(0, agent.nextAttemptAt - now))}`;
}

function Controls({ name, isRunning }: { name: string; isRunning: boolean }) {
  const path = `api/agents/${encodeURIComponent(name)}`;
  return (
    <div className="flex items-start justify-end gap-1 max-md:col-start-2 max-md:row-start-1">
      {isRunning ? (
        <>
          <CommandButton
            path={`${path}/restart`}
            label="Restart"
            describe={`Restart ${name}`}
            icon={RotateCcw}
            isCompact
          />
          <CommandButton
            path={`${path}/stop`}
            label="Stop"
            describe={`Stop ${name}`}
            icon={Square}
            isCompact
          />
        </>
      ) : (
        <CommandButton
          path={`${path}/start`}
          label="Start"
          describe={`Start ${name}`}
          icon={Play}
          isCompact
        />
      )}
    </div>
  );
}
