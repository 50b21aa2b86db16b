import type { AlertView } from '@dreamnet/contracts';
import { BellOff, ChevronRight, CornerDownRight, Eye, Moon } from 'lucide-react';
import { visibleText } from '../../api/foreign-text.js';
import { textBeside } from '../../labels/alert-text.js';
import { useNow } from '../../ui/now.js';
import { counted } from '../../ui/number-text.js';
import { durationText, momentText, spanText } from '../../ui/time-text.js';
import { Badge, SEVERITY_TONE, ToneIcon } from '../../ui/tone.js';
import { type Standing, standingsOf } from './alert-filter.js';
import type { GroupRow } from './alert-groups.js';

interface AlertLineProps {
  alert: AlertView;
  isChosen: boolean;
  onChoose: () => void;
}

/** One alert in two lines. */
export function AlertLine({ alert, isChosen, onChoose }: AlertLineProps) {
  const now = useNow();
  const isOpen = alert.state === 'detected' || alert.state === 'active';
  const end = alert.resolvedAt ?? alert.closedAt;
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      className="flex h-full w-full items-center gap-2.5 border-l-2 border-transparent px-3 text-left hover:bg-raised focus-visible:-outline-offset-2 aria-pressed:border-accent aria-pressed:bg-raised"
    >
      <ToneIcon tone={isOpen ? SEVERITY_TONE[alert.severity] : 'good'} />
      <span className="min-w-0 flex-1">
        <span className="block truncate" title={alert.message}>
          <span className="font-semibold">{alert.subsystem}</span> {textBeside(alert)}
        </span>
        <span className="flex items-center gap-x-2 overflow-hidden text-xs whitespace-nowrap text-faint">
          <Badge tone={isOpen ? SEVERITY_TONE[alert.severity] : 'quiet'}>{alert.severity}</Badge>
          <span>{alert.state}</span>
          <span title={momentText(end ?? alert.detectedAt)}>
            {end === undefined
              ? `for ${durationText(now - alert.detectedAt)}`
              : `${durationText(now - end)} ago, lasted ${spanText(end - alert.detectedAt)}`}
          </span>
          <Standings alert={alert} />
        </span>
      </span>
    </button>
  );
}

const STANDING_ICON: Readonly<Partial<Record<Standing, typeof Eye>>> = {
  acknowledged: Eye,
  silenced: BellOff,
  inhibited: CornerDownRight,
  muted: Moon,
};

/** What keeps people from being told of it, in a word each. */
export function Standings({ alert }: { alert: AlertView }) {
  return standingsOf(alert).map((standing) => {
    const Icon = STANDING_ICON[standing];
    if (!Icon) return null;
    return (
      <span key={standing} className="inline-flex items-center gap-1 text-soft">
        <Icon aria-hidden size={11} />
        {standing}
      </span>
    );
  });
}

/** A group's own line: press it to fold its alerts away. */
export function GroupLine({ row, by, onToggle }: { row: GroupRow; by: string; onToggle: () => void }) {
  return (
    <button
      type="button"
      aria-expanded={!row.isFolded}
      onClick={onToggle}
      className="flex h-full w-full items-center gap-2 bg-raised px-3 text-left focus-visible:-outline-offset-2"
    >
      <ChevronRight
        aria-hidden
        size={14}
        className={`shrink-0 text-faint transition-transform ${row.isFolded ? '' : 'rotate-90'}`}
      />
      <span className="min-w-0 truncate">
        <span className="text-xs text-faint">{by}</span>{' '}
        <span className="font-semibold">{row.value === '' ? 'without it' : visibleText(row.value)}</span>
      </span>
      <span className="ml-auto text-xs whitespace-nowrap text-soft">{counted(row.count, 'alert')}</span>
      {row.criticals > 0 && <Badge tone="bad">{row.criticals} critical</Badge>}
      {row.warnings > 0 && <Badge tone="warn">{row.warnings} warning</Badge>}
    </button>
  );
}
