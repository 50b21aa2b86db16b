import { LOG_LEVELS } from '@dreamnet/contracts';
import { useMemo } from 'react';
import { hrefOf } from '../../address/address.js';
import { useAddress, useChoice } from '../../address/use-address.js';
import type { LogStreamState } from '../../api/log-stream.js';
import { useAgents } from '../../api/queries.js';
import { SearchField, Segments, SelectField } from '../../ui/fields.js';
import { Nothing, Panel } from '../../ui/panel.js';
import { LogLines } from './log-lines.js';
import { type LogChoice, logChoiceOf, logPathOf } from './log-request.js';
import { useLogLines } from './use-log-lines.js';

const LEVELS = [
  { value: '', label: 'every level' },
  ...LOG_LEVELS.map((level) => ({ value: level, label: level === 'fatal' ? 'fatal' : `${level} and worse` })),
];

/** What agents write, in the order of time, followed live. */
export default function LogsPage() {
  const { rest, query } = useAddress();
  const choice = useMemo(() => logChoiceOf(rest, query), [rest, query]);
  const { lines, state } = useLogLines(logPathOf(choice), choice.isFollowing);
  return (
    <Panel title="Logs" note={lines.length}>
      <FilterBar choice={choice} />
      <p role="status" className="px-3 pb-1 text-xs text-faint">
        {wordsFor(state, choice.isFollowing)}
      </p>
      {lines.length === 0 && state !== 'connecting' ? (
        <Nothing>No lines.</Nothing>
      ) : (
        <LogLines lines={lines} withAgents={choice.agents.length !== 1} />
      )}
    </Panel>
  );
}

function FilterBar({ choice }: { choice: LogChoice }) {
  const [, choose] = useChoice();
  const { query } = useAddress();
  const names = useAgents().data?.agents.map(({ name }) => name) ?? [];
  const [chosen = ''] = choice.agents;
  const options = [...new Set([...names, ...choice.agents])].map((name) => ({ value: name, label: name }));
  return (
    <div className="flex flex-wrap items-center gap-2 px-3 py-2">
      <SelectField
        label="Agent"
        value={chosen}
        options={[{ value: '', label: 'all agents' }, ...options]}
        onChange={(name) => {
          location.hash = hrefOf('logs', name === '' ? [] : [name], query);
        }}
      />
      <SelectField
        label="Level"
        value={choice.level}
        options={LEVELS}
        onChange={(level) => choose({ level })}
      />
      <SearchField label="Text in the line" value={choice.text} onChange={(text) => choose({ text })} />
      <Segments
        label="New lines"
        value={choice.isFollowing ? 'yes' : 'no'}
        options={[
          { id: 'yes', label: 'Follow' },
          { id: 'no', label: 'Stand still' },
        ]}
        onChange={(follow) => choose({ follow: follow === 'yes' ? '' : 'no' })}
      />
    </div>
  );
}

function wordsFor(state: LogStreamState, isFollowing: boolean): string {
  if (typeof state === 'object') return state.refused;
  switch (state) {
    case 'connecting':
      return 'Asking for the lines.';
    case 'live':
      return isFollowing ? 'New lines come as they are written.' : 'The lines come.';
    case 'ended':
      return 'These are the lines that are there.';
    case 'lost':
      return 'The connection is lost; it is tried again.';
  }
}
