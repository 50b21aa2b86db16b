import type { GroupView, PsEntry } from '@dreamnet/contracts';
import { CornerDownRight, Play, RotateCcw, Square } from 'lucide-react';
import { useAgents, useGroups } from '../api/queries.js';
import {
  type GroupRow,
  groupRows,
  lastText,
  memberText,
  phaseText,
  phaseTone,
  restartsText,
  retryText,
  strategyText,
} from '../labels/group-text.js';
import { CommandButton } from '../ui/command-button.js';
import { useNow } from '../ui/now.js';
import { Panel } from '../ui/panel.js';
import { Rows } from '../ui/rows.js';
import { Badge, PROCESS_TONE, toneText } from '../ui/tone.js';

/** Who is restarted with whom, and what was decided last; nothing where the fleet file has no groups. */
export function Groups() {
  const { data } = useGroups();
  const { data: known } = useAgents();
  if (!data || data.groups.length === 0) return null;
  const rows = groupRows(data.groups, known?.agents ?? []);
  return (
    <Panel title="Groups" note={data.groups.length}>
      <Rows>
        {rows.map((row) =>
          row.kind === 'group' ? (
            <Group key={`group ${row.name}`} row={row} />
          ) : (
            <Member key={`agent ${row.name}`} row={row} />
          ),
        )}
      </Rows>
    </Panel>
  );
}

const indent = (depth: number) => ({ paddingLeft: `${0.75 + depth * 1.1}rem` });

function Group({ row: { name, depth, group } }: { row: Extract<GroupRow, { kind: 'group' }> }) {
  const now = useNow();
  const retry = retryText(group, now);
  const last = lastText(group);
  return (
    <li className="border-t border-line py-2 pr-3 first:border-0" style={indent(depth)}>
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-semibold">{name}</span>
        <Badge tone={phaseTone(group)}>{phaseText(group)}</Badge>
        <span className="text-xs text-soft">
          {group.running} of {group.agents.length} run
        </span>
        {retry !== undefined && <span className="text-xs text-bad">{retry}</span>}
        <span className="ml-auto flex gap-1">
          <Controls group={group} />
        </span>
      </div>
      <p className="text-xs text-faint">
        {strategyText(group)}; {restartsText(group)}
      </p>
      {last !== undefined && <p className="text-xs break-words text-soft">last: {last}</p>}
    </li>
  );
}

function Controls({ group: { name, phase } }: { group: GroupView }) {
  const path = `api/groups/${encodeURIComponent(name)}`;
  if (phase === 'idle')
    return (
      <CommandButton
        path={`${path}/start`}
        label="Start"
        describe={`Start the group ${name}`}
        icon={Play}
        isCompact
      />
    );
  return (
    <>
      <CommandButton
        path={`${path}/restart`}
        label="Restart"
        describe={`Restart the group ${name}, in order`}
        icon={RotateCcw}
        isCompact
        isGuarded
      />
      <CommandButton
        path={`${path}/stop`}
        label="Stop"
        describe={`Stop the group ${name}`}
        icon={Square}
        isCompact
        isGuarded
      />
    </>
  );
}

function Member({ row: { name, depth, agent } }: { row: Extract<GroupRow, { kind: 'agent' }> }) {
  return (
    <li className="flex items-baseline gap-x-2 py-0.5 pr-3 text-xs last:pb-2" style={indent(depth)}>
      <CornerDownRight aria-hidden size={11} className="shrink-0 self-center text-faint" />
      <span className="min-w-0 wrap-anywhere">{name}</span>
      <span className={toneText(toneOf(agent))}>{memberText(agent)}</span>
      {agent !== undefined && agent.restarts > 0 && <span className="text-faint">↻{agent.restarts}</span>}
    </li>
  );
}

function toneOf(agent: PsEntry | undefined) {
  if (!agent) return 'quiet';
  const { replicas } = agent;
  if (replicas && replicas.serving < replicas.desired && agent.status === 'running') return 'warn';
  return PROCESS_TONE[agent.status];
}
