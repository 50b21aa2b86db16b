import { hrefOf } from '../../address/address.js';
import { useAddress } from '../../address/use-address.js';
import { AlertBrowser } from './alert-browser.js';
import { Receivers } from './receivers.js';
import { Rules } from './rules.js';
import { Silences } from './silences.js';

const TABS = [
  { id: '', label: 'Alerts', Content: AlertBrowser },
  { id: 'silences', label: 'Silences', Content: Silences },
  { id: 'receivers', label: 'Receivers', Content: Receivers },
  { id: 'rules', label: 'Rules', Content: Rules },
] as const;

/** Alerts with all that can be done about them, silences, who is told, and the rules. */
export default function AlertsPage() {
  const { rest } = useAddress();
  const shown = TABS.find(({ id }) => id === (rest[0] ?? '')) ?? TABS[0];
  return (
    <>
      <nav aria-label="Alerts" className="mb-3 flex gap-1 overflow-x-auto border-b border-line">
        {TABS.map(({ id, label }) => (
          <a
            key={id}
            href={hrefOf('alerts', id === '' ? [] : [id])}
            aria-current={id === shown.id ? 'page' : undefined}
            className="-mb-px inline-flex h-9 items-center border-b-2 border-transparent px-3 text-soft hover:text-text focus-visible:-outline-offset-2 aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-text"
          >
            {label}
          </a>
        ))}
      </nav>
      <shown.Content />
    </>
  );
}
