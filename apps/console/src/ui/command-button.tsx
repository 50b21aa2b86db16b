import { Check, type LucideIcon, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { isNoAnswer } from '../api/http.js';
import { useCommand } from '../api/queries.js';

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
export function CommandButton({ path, label, describe = label, icon, ...options }: CommandButtonProps) {
  const { isCompact = false, isGuarded = false, method = 'POST', body } = options;
  const command = useCommand(path, method);
  const [isArmed, setArmed] = useArmed();
  const Icon = isArmed ? Check : icon;
  const words = isArmed ? `${describe}: press again to confirm` : describe;
  const press = () => {
    if (command.isPending) return;
    if (isGuarded && !isArmed) return setArmed(true);
    setArmed(false);
    command.mutate(body);
  };
  return (
    <>
      <button
        type="button"
        // Disabled it would lose the focus.
        aria-disabled={command.isPending}
        title={words}
        aria-label={words}
        onClick={press}
        onBlur={() => setArmed(false)}
        className={`inline-flex h-7 items-center justify-center gap-1 rounded border px-1.5 text-xs whitespace-nowrap transition-colors aria-disabled:opacity-50 pointer-coarse:h-9 pointer-coarse:min-w-9 ${
          isArmed
            ? 'border-bad bg-bad-wash text-bad'
            : 'border-line text-soft hover:bg-raised hover:text-text'
        }`}
      >
        <Icon aria-hidden size={13} />
        {!isCompact && label}
      </button>
      {command.error && <Refusal what={describe} error={command.error} onDismiss={() => command.reset()} />}
    </>
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

/** Stays over the page until it is put away: a refusal nobody read did not happen. */
function Refusal({ what, error, onDismiss }: { what: string; error: Error; onDismiss: () => void }) {
  return createPortal(
    <div
      role="alert"
      className="fixed inset-x-3 bottom-3 z-20 mx-auto flex max-w-lg items-start gap-3 rounded-lg border border-bad bg-surface p-3 shadow-2xl"
    >
      <p className="min-w-0 flex-1 break-words">
        <strong className="text-bad">
          {what}: {isNoAnswer(error) ? 'no answer' : 'refused'}.
        </strong>{' '}
        {error.message}
      </p>
      <button
        type="button"
        aria-label="Dismiss"
        onClick={onDismiss}
        className="inline-flex size-7 shrink-0 items-center justify-center rounded text-soft hover:bg-raised"
      >
        <X aria-hidden size={14} />
      </button>
    </div>,
    document.body,
  );
}
