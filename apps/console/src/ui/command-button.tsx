import type { LucideIcon } from 'lucide-react';
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
}

/** A button that asks the daemon to do something, and says so when it refused. */
export function CommandButton({ path, label, describe, icon: Icon, isCompact = false }: CommandButtonProps) {
  const command = useCommand(path);
  const failed = command.error?.message;
  return (
    <button
      type="button"
      disabled={command.isPending}
      title={failed ?? describe ?? label}
      aria-label={failed === undefined ? (describe ?? label) : `${describe ?? label}: ${failed}`}
      onClick={() => command.mutate()}
      className={`inline-flex h-7 items-center justify-center gap-1 rounded border px-1.5 text-xs whitespace-nowrap transition-colors hover:bg-raised hover:text-text disabled:opacity-50 pointer-coarse:h-9 pointer-coarse:min-w-9 ${
        failed === undefined ? 'border-line text-soft' : 'border-bad text-bad'
      }`}
    >
      <Icon aria-hidden size={13} />
      {!isCompact && label}
    </button>
  );
}
