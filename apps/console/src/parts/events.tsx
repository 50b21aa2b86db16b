import { useLive } from '../api/live.js';
import { Nothing, Panel } from '../ui/panel.js';
import { clockText } from '../ui/time-text.js';

/** What the daemon said since this page was opened, newest first. */
export function Events() {
  const { events } = useLive();
  return (
    <Panel title="Events" note="since this page was opened">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section aria-label="Newest events" tabIndex={0} className="h-44 overflow-y-auto py-1">
        {events.length === 0 && <Nothing>Quiet so far.</Nothing>}
        <ol>
          {events.map((event) => (
            <li key={event.id} className="flex gap-3 px-3 py-px font-mono text-[11px]">
              <time className="text-faint">{clockText(event.at)}</time>
              <span className="text-soft">{event.type}</span>
              <span className="truncate">{event.subject}</span>
            </li>
          ))}
        </ol>
      </section>
    </Panel>
  );
}
