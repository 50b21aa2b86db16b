import type { AlertView } from '@dreamnet/contracts';
import { BellOff } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { useChoice } from '../../address/use-address.js';
import { type AlertsAsked, useAlert, useAlerts } from '../../api/queries.js';
import { Button } from '../../ui/button.js';
import { counted } from '../../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { Sheet } from '../../ui/sheet.js';
import { VirtualList } from '../../ui/virtual-list.js';
import { useIsWide } from '../../ui/wide.js';
import { AlertDetails } from './alert-details.js';
import { type AlertWish, filterAlerts } from './alert-filter.js';
import { AlertFilterBar } from './alert-filter-bar.js';
import { type AlertRow, groupAlerts, labelNames } from './alert-groups.js';
import { AlertLine, GroupLine } from './alert-row.js';
import { matchersOfFilter } from './silence-draft.js';
import { SilenceSheet } from './silence-form.js';

/** So many alerts are loaded at first, and so many more each time: a page with all of a great failure would be slow. */
const LOADED = 1_000;
const STATES = ['open', 'recent', 'resolved', 'closed'] as const;
const NO_ALERTS: readonly AlertView[] = [];
const ROW_PX = 54;
const HIGHEST_PX = 702;

/** The alerts, narrowed and grouped as wished, and the chosen one with what can be done about it. */
export function AlertBrowser() {
  const [choice, choose] = useChoice();
  const wish = wishOf(choice);
  const [most, setMost] = useState(LOADED);
  const query = useAlerts(askedFor(wish, most));
  const alerts = query.data?.alerts;
  const found = useFound(alerts, wish);
  const isWide = useIsWide();
  const [isSilencing, setSilencing] = useState(false);
  const chosen = useChosen(choice.alert ?? '', alerts);
  const close = () => choose({ alert: '' });
  const choices = useChoices(alerts);
  return (
    <div className={isWide ? 'grid grid-cols-[minmax(0,3fr)_minmax(0,2fr)] items-start gap-3' : ''}>
      <Panel
        title="Alerts"
        note={query.data && countText(found.length, query.data.total)}
        aside={<SilenceThese onPress={() => setSilencing(true)} />}
      >
        <AlertFilterBar wish={wish} group={choice.group ?? ''} {...choices} choose={choose} />
        <Loaded query={query} lines={8}>
          {({ alerts: { length }, total }) => (
            <>
              {total > length && (
                <NotLoaded loaded={length} total={total} onMore={() => setMost(most + LOADED)} />
              )}
              <Rows found={found} isOpen={wish.state === 'open'} hasAny={total > 0} />
            </>
          )}
        </Loaded>
      </Panel>
      {isWide ? (
        <Panel title="Chosen alert">
          {choice.alert ? (
            <Loaded query={chosen} lines={8}>
              {(alert) => <AlertDetails key={alert.id} alert={alert} />}
            </Loaded>
          ) : (
            <Nothing>Choose an alert to see all of it.</Nothing>
          )}
        </Panel>
      ) : (
        <Sheet
          isOpen={chosen.data !== undefined}
          onClose={close}
          title={chosen.data?.subsystem}
          about={`${chosen.data?.severity}, ${chosen.data?.state}`}
        >
          {chosen.data && <AlertDetails key={chosen.data.id} alert={chosen.data} />}
        </Sheet>
      )}
      {isSilencing && <SilenceSheet matchers={matchersOfFilter(wish)} onClose={() => setSilencing(false)} />}
    </div>
  );
}

/** The chosen alert, from the list or by itself: it stays when it ends or the filter leaves it out. */
function useChosen(id: string, listed: readonly AlertView[] = NO_ALERTS) {
  const { data, error, dataUpdatedAt } = useAlert(id);
  const inList = useMemo(() => listed.find((alert) => alert.id === id), [listed, id]);
  if (inList) return { data: inList, error: null, dataUpdatedAt };
  return { data, error, dataUpdatedAt };
}

/** What the daemon narrows; the rest is narrowed here, among what was loaded. */
function askedFor({ state, severity, subsystem }: AlertWish, limit: number): AlertsAsked {
  const asked = STATES.find((one) => one === state) ?? 'recent';
  return { state: asked, severity, subsystem, order: 'worst', limit };
}

function NotLoaded({ loaded, total, onMore }: { loaded: number; total: number; onMore: () => void }) {
  return (
    <p role="status" className="flex flex-wrap items-center gap-2 bg-warn-wash px-3 py-1 text-xs text-warn">
      <span className="flex-1">
        The worst {loaded.toLocaleString('en')} of {counted(total, 'alert')} are looked through.
      </span>
      <Button onClick={onMore}>Look through {LOADED.toLocaleString('en')} more</Button>
    </p>
  );
}

function countText(found: number, all: number): string {
  const text = found.toLocaleString('en');
  return found === all ? text : `${text} of ${all.toLocaleString('en')}`;
}

function wishOf(choice: Readonly<Record<string, string>>): AlertWish {
  const { state = 'open', severity = '', subsystem = '', standing = '', labels = '', q = '' } = choice;
  return { state, severity, subsystem, standing, labels, text: q };
}

/** What the filter offers, from the alerts there are. */
function useChoices(alerts: readonly AlertView[] = NO_ALERTS) {
  const subsystems = useMemo(() => [...new Set(alerts.map(({ subsystem }) => subsystem))].sort(), [alerts]);
  return { subsystems, labelNames: useMemo(() => labelNames(alerts), [alerts]) };
}

/** Long lists are filtered when there is time for it: typing does not wait for them. */
function useFound(alerts: Parameters<typeof filterAlerts>[0] | undefined, wish: AlertWish) {
  const { state, severity, subsystem, standing } = wish;
  const labels = useDeferredValue(wish.labels);
  const text = useDeferredValue(wish.text);
  return useMemo(
    () => (alerts ? filterAlerts(alerts, { state, severity, subsystem, standing, labels, text }) : []),
    [alerts, state, severity, subsystem, standing, labels, text],
  );
}

interface RowsProps {
  found: Parameters<typeof groupAlerts>[0];
  isOpen: boolean;
  /** Are there alerts that the filter left out? */
  hasAny: boolean;
}

function Rows({ found, isOpen, hasAny }: RowsProps) {
  const [{ group = '', alert: chosen = '' }, choose] = useChoice();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => groupAlerts(found, group, folded), [found, group, folded]);
  const toggle = (value: string) => {
    const next = new Set(folded);
    if (!next.delete(value)) next.add(value);
    setFolded(next);
  };
  if (rows.length === 0)
    return (
      <Nothing>{hasAny ? 'No alert matches the filter.' : isOpen ? 'No open alerts.' : 'None.'}</Nothing>
    );
  return (
    <VirtualList label="Alerts" items={rows} keyOf={keyOf} rowPx={ROW_PX} highestPx={HIGHEST_PX}>
      {(row) =>
        row.kind === 'group' ? (
          <GroupLine row={row} by={group} onToggle={() => toggle(row.value)} />
        ) : (
          <AlertLine
            alert={row.alert}
            isChosen={row.alert.id === chosen}
            onChoose={() => choose({ alert: row.alert.id })}
          />
        )
      }
    </VirtualList>
  );
}

function keyOf(row: AlertRow): string {
  return row.kind === 'group' ? `group ${row.value}` : row.alert.id;
}

function SilenceThese({ onPress }: { onPress: () => void }) {
  return (
    <button
      type="button"
      onClick={onPress}
      className="inline-flex h-7 items-center gap-1 rounded border border-line px-2 text-xs text-soft hover:bg-raised hover:text-text"
    >
      <BellOff aria-hidden size={13} />
      Silence
    </button>
  );
}
