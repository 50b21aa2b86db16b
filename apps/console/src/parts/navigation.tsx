import { Activity, Bell, ChartLine, LayoutDashboard, type LucideIcon, ScrollText } from 'lucide-react';
import { hrefOf, type PageName } from '../address/address.js';
import { useAddress } from '../address/use-address.js';
import { useStatus } from '../api/queries.js';

/** The pages with their names in words. */
export const PAGE_LABELS: Readonly<Record<PageName, { label: string; icon: LucideIcon }>> = {
  overview: { label: 'Overview', icon: LayoutDashboard },
  health: { label: 'Health', icon: Activity },
  alerts: { label: 'Alerts', icon: Bell },
  trends: { label: 'Trends', icon: ChartLine },
  logs: { label: 'Logs', icon: ScrollText },
};

/** The way to the pages. */
export function Navigation() {
  const { page } = useAddress();
  const active = useStatus().data?.counts.activeAlerts ?? 0;
  return (
    <nav aria-label="Pages" className="flex gap-1 max-sm:order-last max-sm:w-full">
      {Object.entries(PAGE_LABELS).map(([name, { label, icon: Icon }]) => (
        <a
          key={name}
          href={hrefOf(name as PageName)}
          aria-current={name === page ? 'page' : undefined}
          className="inline-flex h-8 items-center justify-center gap-1.5 rounded px-2.5 text-soft hover:text-text aria-[current=page]:bg-line aria-[current=page]:font-medium aria-[current=page]:text-text max-sm:h-10 max-sm:flex-1"
        >
          <Icon aria-hidden size={14} className="max-sm:hidden" />
          {label}
          {name === 'alerts' && active > 0 && (
            <span className="rounded-full bg-warn-wash px-1.5 text-[11px] font-semibold text-warn">
              {active.toLocaleString('en')}
              <span className="sr-only"> active</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}
