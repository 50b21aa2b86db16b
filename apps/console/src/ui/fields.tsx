import { Search } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';

const BOX =
  'h-8 rounded border border-line bg-ground px-2 text-text placeholder:text-faint pointer-coarse:h-10';

/** A word above, a field below. */
export function Labelled({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-xs text-soft">
        {label}
      </label>
      {children(id)}
      {hint !== undefined && <p className="mt-1 text-xs text-faint">{hint}</p>}
    </div>
  );
}

/** A line of text. */
export function TextField({ className = '', ...props }: ComponentProps<'input'>) {
  return (
    <input type="text" autoComplete="off" spellCheck={false} className={`${BOX} ${className}`} {...props} />
  );
}

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** Narrows a list while one types. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  return (
    <div className="relative min-w-36 flex-1">
      <Search aria-hidden size={13} className="absolute top-1/2 left-2 -translate-y-1/2 text-faint" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete="off"
        spellCheck={false}
        className={`${BOX} w-full pl-7`}
      />
    </div>
  );
}

interface SelectFieldProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}

/** One of a few; its first option is what holds when nothing was chosen. */
export function SelectField({ label, value, options, onChange }: SelectFieldProps) {
  return (
    <select
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={`${BOX} max-w-full min-w-0 pr-1`}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

interface SwitchProps<T extends string> {
  label: string;
  value: T;
  options: readonly { id: T; label: string }[];
  onChange: (value: T) => void;
}

/** One of a few that are all seen. */
export function Segments<T extends string>({ label, value, options, onChange }: SwitchProps<T>) {
  return (
    <fieldset aria-label={label} className="inline-flex shrink-0 rounded border border-line bg-ground p-px">
      {options.map((option) => (
        <button
          key={option.id}
          type="button"
          aria-pressed={option.id === value}
          onClick={() => onChange(option.id)}
          className="h-[30px] rounded-[3px] px-2 text-xs whitespace-nowrap text-soft hover:text-text aria-pressed:bg-surface aria-pressed:font-medium aria-pressed:text-text aria-pressed:ring-1 aria-pressed:ring-faint pointer-coarse:h-9"
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
