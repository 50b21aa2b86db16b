import type { ProcessUsage, PsEntry } from '@dreamnet/contracts';
import { ChevronRight, Play, RotateCcw, Square } from 'lucide-react';
import { useState } from 'react';
import { hrefOf } from '../address/address.js';
import { useAgents } from '../api/queries.js';
import { isRunning, processText } from '../labels/scale-text.js';
import { spareText } from '../labels/spare-text.js';
import { Axis } from '../ui/axis.js';
import { CommandButton } from '../ui/command-button.js';
import { useNow } from '../ui/now.js';
import { counted, numberText, percentText } from '../ui/number-text.js';
import { Paged } from '../ui/paged.js';
import { Loaded, Nothing, Panel } from '../ui/panel.js';
import { Rows } from '../ui/rows.js';
import { durationText } from '../ui/time-text.js';
import { PROCESS_TONE, toneText } from '../ui/tone.js';
import { AgentScale } from './agent-scale.js';

const COLUMNS =
  'grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1.5 md:grid-cols-[minmax(6.5rem,0.9fr)_repeat(3,minmax(0,1.3fr))_4.75rem_4rem]';

const PAGE_SIZE = 50;

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
              <Paged items={agents} size={PAGE_SIZE}>
                {(shown) => (
                  <Rows>
                    {shown.map((agent) => (
                      <Agent key={agent.id} agent={agent} answeredAt={query.dataUpdatedAt} />
                    ))}
                  </Rows>
                )}
              </Paged>
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Agent({ agent, answeredAt }: { agent: PsEntry; answeredAt: number }) {
  const [isWhole, setWhole] = useState(false);
  const { liveness, readiness, progress } = agent.health;
  return (
    <li className="border-b border-line px-3 py-2 last:border-0">
      <div className={COLUMNS}>
        <Name agent={agent} isWhole={isWhole} onToggle={() => setWhole(!isWhole)} />
        <div className="max-md:col-span-2 max-md:row-start-2 max-md:grid max-md:grid-cols-3 max-md:gap-3 md:contents">
          <Axis name="liveness" axis={liveness} answeredAt={answeredAt} isWhole={isWhole} />
          <Axis name="readiness" axis={readiness} answeredAt={answeredAt} isWhole={isWhole} />
          <Axis name="progress" axis={progress} answeredAt={answeredAt} isWhole={isWhole} />
        </div>
        <Process agent={agent} />
        <Controls name={agent.name} isRunning={isRunning(agent)} />
      </div>
      {isWhole && (
        <>
          <Notes agent={agent} />
          {agent.replicaOf === undefined && <AgentScale name={agent.name} />}
          <a
            href={hrefOf('logs', [agent.name])}
            className="mt-1 inline-block px-2.5 text-xs text-accent underline"
          >
            Logs of {agent.name}
          </a>
        </>
      )}
    </li>
  );
}

function Name({ agent, isWhole, onToggle }: { agent: PsEntry; isWhole: boolean; onToggle: () => void }) {
  const tone = PROCESS_TONE[agent.status];
  return (
    <div className={`min-w-0 ${agent.replicaOf === undefined ? '' : 'pl-3'}`}>
      <button
        type="button"
        aria-expanded={isWhole}
        title="Show everything about it"
        onClick={onToggle}
        className="flex max-w-full items-center gap-1 rounded text-left font-semibold"
      >
        <span className="min-w-0 max-md:wrap-anywhere md:truncate" title={agent.name}>
          {agent.name}
        </span>
        <ChevronRight
          aria-hidden
          size={12}
          className={`shrink-0 text-faint transition-transform ${isWhole ? 'rotate-90' : ''}`}
        />
      </button>
      <p className={`text-xs ${tone === 'good' ? 'text-faint' : toneText(tone)}`}>{agent.status}</p>
    </div>
  );
}

/** What is rarely asked for. */
function Notes({ agent }: { agent: PsEntry }) {
  const now = useNow();
  const notes: readonly (readonly [string, string])[] = [
    ['capabilities', agent.capabilities.join(', ') || 'none'],
    ['runtime', `${agent.runtimeContext.version}, ${agent.runtimeContext.environment}`],
    ['uses', usageText(agent)],
    ['supervision', agent.isAdopted ? `${agent.phase}, adopted from an earlier daemon` : agent.phase],
    ...(agent.spare ? [['spare', spareText(agent.spare, now)] as const] : []),
    ['not enforced', agent.notEnforced.join('; ') || 'nothing that was asked for'],
    ['id', agent.id],
  ];
  return (
    <dl className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 rounded bg-raised px-2.5 py-1.5 text-xs">
      {notes.map(([term, text]) => (
        <div key={term} className="contents">
          <dt className="text-faint">{term}</dt>
          <dd className="break-words text-soft">{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Process({ agent }: { agent: PsEntry }) {
  const now = useNow();
  return (
    <div className="text-xs whitespace-nowrap max-md:col-span-2 max-md:row-start-3 max-md:flex max-md:gap-3">
      <p className={agent.pid === null ? 'text-soft' : 'font-mono'}>{processText(agent)}</p>
      <p className="text-faint">
        {timeOf(agent, now)}
        {agent.restarts > 0 && (
          <span className="text-warn" title={`restarted ${agent.restarts} times`}>
            {' '}
            ↻{agent.restarts}
            <span className="sr-only"> restarts</span>
          </span>
        )}
      </p>
      {agent.usage && <Usage usage={agent.usage} />}
    </div>
  );
}

/** CPU and memory in a line; its charts are on its page. */
function Usage({ usage }: { usage: ProcessUsage }) {
  const cpu = usage.cpu === null ? '' : percentText(usage.cpu);
  return (
    <p className="text-faint" title="CPU, 100 % is one core; resident memory of the whole process tree">
      {cpu} {numberText(usage.residentBytes)}B
    </p>
  );
}

/** What it uses and may use, for who wants to know exactly. */
function usageText({ usage }: PsEntry): string {
  if (!usage) return 'nothing: no process runs';
  const { processes, threads, openFiles, ioBytesPerSecond, limits } = usage;
  const held = [
    ...(limits.cpu === undefined ? [] : [`cpu ${percentText(limits.cpu)}`]),
    ...(limits.memoryBytes === undefined ? [] : [`memory ${numberText(limits.memoryBytes)}B`]),
    ...(limits.pids === undefined ? [] : [`${limits.pids} pids`]),
    ...(limits.openFiles === undefined ? [] : [`${limits.openFiles} open files`]),
    ...(limits.ioBytesPerSecond === undefined ? [] : [`io ${numberText(limits.ioBytesPerSecond)}B a second`]),
  ];
  return [
    `${processes} ${processes === 1 ? 'process' : 'processes'}`,
    counted(threads, 'thread'),
    counted(openFiles, 'open file'),
    ...(ioBytesPerSecond === null ? [] : [`io ${numberText(ioBytesPerSecond)}B a second`]),
    held.length === 0 ? 'no limits' : `limits: ${held.join(', ')}`,
  ].join(', ');
}

/** How long it has run, or when it will be started again. */
function timeOf(agent: PsEntry, now: number): string {
  if (agent.nextAttemptAt !== null) return `in ${durationText(Math.max(0, agent.nextAttemptAt - now))}`;
  return agent.startedAt === null ? '' : durationText(now - agent.startedAt);
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
            isGuarded
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
