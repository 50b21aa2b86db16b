import { useId } from 'react';
import { readMatchers } from '../../labels/matchers.js';
import { SearchField, Segments, SelectField, TextField } from '../../ui/fields.js';
import { type AlertWish, STANDINGS } from './alert-filter.js';

const STATES = [
  { id: 'open', label: 'Open' },
  { id: 'resolved', label: 'Resolved' },
  { id: 'closed', label: 'Closed' },
  { id: 'recent', label: 'All recent' },
] as const;
/** Names offered while one types; a browser is slow with thousands. */
const MOST_OFFERED = 200;
const SEVERITIES = ['critical', 'warning', 'info'];
const STANDING_WORDS: Readonly<Record<(typeof STANDINGS)[number], string>> = {
  unseen: 'not acknowledged',
  acknowledged: 'acknowledged',
  silenced: 'silenced',
  inhibited: 'inhibited',
  muted: 'muted',
};

interface FilterBarProps {
  wish: AlertWish;
  group: string;
  /** What may be chosen, from the alerts there are. */
  subsystems: readonly string[];
  labelNames: readonly string[];
  choose: (patch: Readonly<Record<string, string>>) => void;
}

/** Narrows and groups the list; every choice is in the address. */
export function AlertFilterBar({ wish, group, subsystems, labelNames, choose }: FilterBarProps) {
  const read = readMatchers(wish.labels);
  const problem = 'problem' in read ? read.problem : undefined;
  const state = STATES.find(({ id }) => id === wish.state)?.id ?? 'open';
  return (
    <div className="flex flex-wrap gap-2 border-b border-line p-2">
      <Segments
        label="State"
        value={state}
        options={STATES}
        onChange={(next) => choose({ state: next === 'open' ? '' : next })}
      />
      <SearchField label="Text" value={wish.text} onChange={(q) => choose({ q })} />
      <SelectField
        label="Severity"
        value={wish.severity}
        options={[{ value: '', label: 'any severity' }, ...SEVERITIES.map(asOption)]}
        onChange={(severity) => choose({ severity })}
      />
      <SelectField
        label="Standing"
        value={wish.standing}
        options={[
          { value: '', label: 'told or not' },
          ...STANDINGS.map((value) => ({ value, label: STANDING_WORDS[value] })),
        ]}
        onChange={(standing) => choose({ standing })}
      />
      <SubsystemField
        value={wish.subsystem}
        names={subsystems}
        onChange={(subsystem) => choose({ subsystem })}
      />
      <LabelsField value={wish.labels} problem={problem} onChange={(labels) => choose({ labels })} />
      <SelectField
        label="Group by"
        value={group}
        options={[
          { value: '', label: 'no groups' },
          ...labelNames.map((name) => ({ value: name, label: `by ${name}` })),
        ]}
        onChange={(next) => choose({ group: next })}
      />
      {problem !== undefined && (
        <p role="status" className="w-full text-xs text-bad">
          Labels: {problem}. They do not narrow the list.
        </p>
      )}
    </div>
  );
}

interface SubsystemFieldProps {
  value: string;
  names: readonly string[];
  onChange: (name: string) => void;
}

function SubsystemField({ value, names, onChange }: SubsystemFieldProps) {
  const list = useId();
  return (
    <>
      <TextField
        aria-label="Subsystem"
        placeholder="subsystem"
        list={list}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="w-36"
      />
      <datalist id={list}>
        {names.slice(0, MOST_OFFERED).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

interface LabelsFieldProps {
  value: string;
  problem: string | undefined;
  onChange: (text: string) => void;
}

function LabelsField({ value, problem, onChange }: LabelsFieldProps) {
  return (
    <TextField
      aria-label="Labels"
      aria-invalid={problem !== undefined}
      title={problem ?? 'Conditions on labels, all must hold: = != =~ !~'}
      placeholder='labels: team="a"'
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="min-w-36 flex-1 font-mono text-xs aria-invalid:border-bad"
    />
  );
}

function asOption(value: string) {
  return { value, label: value };
}
