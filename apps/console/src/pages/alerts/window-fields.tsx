import { useId } from 'react';
import { Labelled, TextField } from '../../ui/fields.js';
import type { WindowDraft } from './silence-draft.js';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** Monday first, as most calendars have it. */
const ORDER = [1, 2, 3, 4, 5, 6, 0];

interface WindowFieldsProps {
  window: WindowDraft | null;
  onChange: (window: WindowDraft | null) => void;
}

/** Whether the silence holds always or at certain times of the week only. */
export function WindowFields({ window, onChange }: WindowFieldsProps) {
  return (
    <fieldset className="grid gap-2">
      <label className="inline-flex items-center gap-2">
        <input
          type="checkbox"
          checked={window !== null}
          onChange={(event) => onChange(event.target.checked ? nights() : null)}
          className="size-4 accent-accent"
        />
        Only at certain times of the week
      </label>
      {window && <Times window={window} onChange={onChange} />}
    </fieldset>
  );
}

function Times({ window, onChange }: { window: WindowDraft; onChange: (window: WindowDraft) => void }) {
  const zones = useId();
  const change = (patch: Partial<WindowDraft>) => onChange({ ...window, ...patch });
  const toggle = (day: number) =>
    change({
      weekdays: window.weekdays.includes(day)
        ? window.weekdays.filter((known) => known !== day)
        : [...window.weekdays, day],
    });
  return (
    <div className="grid gap-2 rounded bg-raised p-3">
      <Days chosen={window.weekdays} onToggle={toggle} />
      <div className="grid grid-cols-2 gap-2 sm:grid-cols-[auto_auto_minmax(0,1fr)]">
        <Clock label="From" value={window.from} onChange={(from) => change({ from })} />
        <Clock label="To" value={window.to} onChange={(to) => change({ to })} />
        <div className="max-sm:col-span-2">
          <Labelled label="Time zone">
            {(id) => (
              <TextField
                id={id}
                list={zones}
                required
                value={window.location}
                onChange={(event) => change({ location: event.target.value })}
                className="w-full"
              />
            )}
          </Labelled>
        </div>
      </div>
      <datalist id={zones}>
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      {window.to < window.from && <p className="text-xs text-faint">Until {window.to} of the next day.</p>}
    </div>
  );
}

interface DaysProps {
  chosen: readonly number[];
  onToggle: (day: number) => void;
}

function Days({ chosen, onToggle }: DaysProps) {
  return (
    <div className="grid grid-cols-7 gap-1 sm:max-w-sm">
      {ORDER.map((day) => (
        <button
          key={day}
          type="button"
          aria-pressed={chosen.includes(day)}
          onClick={() => onToggle(day)}
          className="h-8 rounded border border-line text-xs text-faint line-through aria-pressed:border-accent aria-pressed:font-semibold aria-pressed:text-text aria-pressed:no-underline"
        >
          {DAYS[day]}
        </button>
      ))}
    </div>
  );
}

interface ClockProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function Clock({ label, value, onChange }: ClockProps) {
  return (
    <Labelled label={label}>
      {(id) => (
        <TextField
          id={id}
          type="time"
          required
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className="w-full"
        />
      )}
    </Labelled>
  );
}

function nights(): WindowDraft {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { weekdays: [1, 2, 3, 4, 5], from: '22:00', to: '06:00', location: timeZone };
}
