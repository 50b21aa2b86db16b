import { Check, type LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useCommand } from '../api/queries.js';
import { forgetRefusal, tellRefusal } from './told-refusals.js';

interface CommandButtonProps {
  /** What is posted to. */
  path: string;
  label: string;
  /** What a screen reader says and the pointer shows, when the label alone does not say it on what. */
  describe?: string;
  icon: LucideIcon;
  /** Shows the icon alone. */
  isCompact?: boolean;
  /** Has to be pressed twice: for what takes something away that works. */
  isGuarded?: boolean;
  method?: 'POST' | 'DELETE';
  body?: Readonly<Record<string, unknown>>;
}

/** The second press must follow the first within this. */
const ARMED_MS = 4_000;

/** A button that asks the daemon to do something, and says so when it refused or did not answer. */
export function CommandButton(props: CommandButtonProps) {
  const { path, label, describe = label, method = 'POST' } = props;
  // Another command in the same place is another button: it is neither armed nor under way because the one before was.
  return <OneCommand key={`${method} ${path} ${describe}`} {...props} />;
}

function OneCommand({ path, label, describe = label, icon, ...options }: CommandButtonProps) {
  const { isCompact = false, isGuarded = false, method = 'POST', body } = options;
  const command = useCommand(path, { method, onError: (error) => tellRefusal(describe, error) });
  const [isArmed, setArmed] = useArmed();
  const Icon = isArmed ? Check : icon;
  const words = isArmed ? `${describe}: press again to confirm` : describe;
  const press = () => {
    if (command.isPending) return;
    if (isGuarded && !isArmed) return setArmed(true);
    setArmed(false);
    forgetRefusal(describe);
    command.mutate(body);
  };
  return (
    <button
      type="button"
      // Disabled it would lose the focus.
      aria-disabled={command.isPending}
      title={words}
      aria-label={words}
      onClick={press}
      onBlur={() => setArmed(false)}
      className={`inline-flex h-7 items-center justify-center gap-1 rounded border px-1.5 text-xs whitespace-nowrap transition-colors aria-disabled:opacity-50 pointer-coarse:h-9 pointer-coarse:min-w-9 ${
        isArmed ? 'border-bad bg-bad-wash text-bad' : 'border-line text-soft hover:bg-raised hover:text-text'
      }`}
    >
      <Icon aria-hidden size={13} />
      {!isCompact && label}
    </button>
  );
}

/** True from the first press until the second, or until nobody pressed again for a while. */
function useArmed() {
  const [isArmed, setArmed] = useState(false);
  useEffect(() => {
    if (!isArmed) return;
    const timer = setTimeout(() => setArmed(false), ARMED_MS);
    return () => clearTimeout(timer);
  }, [isArmed]);
  return [isArmed, setArmed] as const;
}
