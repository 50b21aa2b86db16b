import type { BudgetMeasureView, BudgetView, FreezeView } from '@dreamnet/contracts';
import { showTable } from './table.js';
import { showDuration, type Terminal } from './terminal.js';

const NEARLY = 0.8;

/** `budgets` as text: a line for each measure, the freezes above. */
export function showBudgets(
  terminal: Terminal,
  budgets: readonly BudgetView[],
  { frozen, now }: { frozen: readonly FreezeView[]; now: number },
): string {
  const rows = budgets.flatMap((budget) => budget.measures.map((measure) => ({ budget, measure })));
  const table = showTable(terminal, rows, {
    columns: [
      { heading: 'BUDGET', cell: ({ budget }) => budget.name },
      { heading: 'OF', cell: ({ budget }) => showScope(budget) },
      { heading: 'MEASURE', cell: ({ measure }) => measure.measure },
      { heading: 'USED', cell: ({ measure }) => showAmount(measure, measure.used) },
      { heading: 'LIMIT', cell: ({ measure }) => showAmount(measure, measure.limit) },
      { heading: 'SHARE', cell: ({ measure }) => paintShare(terminal, measure) },
      { heading: 'RESERVED', spare: 1, cell: ({ measure }) => showAmount(measure, measure.reserved) },
      { heading: 'RESETS', cell: ({ budget }) => showReset(budget, now) },
      { heading: 'REFUSED', spare: 2, cell: ({ budget }) => String(budget.refused) },
    ],
    empty:
      'No budgets: nothing limits what is spent (resources.budget of an agent, or budgets in the fleet file).',
  });
  const banner = showFreezes(terminal, frozen, now);
  return banner === '' ? table : `${banner}\n${table}`;
}

/** One line a freeze; empty without any. */
export function showFreezes(terminal: Terminal, frozen: readonly FreezeView[], now: number): string {
  return frozen
    .map(({ target, by, reason, at }) => {
      const what = target === '*' ? 'ALL SPENDING IS FROZEN' : `spending of ${target} is frozen`;
      const why = reason === '' ? '' : `: ${reason}`;
      const name = target === '*' ? '' : ` ${target}`;
      return `${terminal.colors.red(what)} by ${by}, ${showDuration(Math.max(0, now - at))} ago${why} ${terminal.colors.dim(`(dreamnet freeze${name} --release)`)}`;
    })
    .join('\n');
}

/** `budgets NAME` as text. */
export function showBudget(terminal: Terminal, budget: BudgetView, now: number): string {
  const { name, window, meter, startsAt, resetsAt, measures, overridden, open, refused } = budget;
  const { colors } = terminal;
  const windowText =
    window.kind === 'rolling'
      ? `rolling, ${showDuration(window.lengthMs)}`
      : window.per === 'ever'
        ? 'ever, until it is reset by hand'
        : `each ${window.per} in ${window.timeZone}, since ${showDay(startsAt)}${resetsAt === null ? '' : `, reset ${showDay(resetsAt)} (in ${showDuration(Math.max(0, resetsAt - now))})`}`;
  return [
    `${colors.bold(name)}  ${colors.dim(showScope(budget))}`,
    `window    ${windowText}`,
    `meter     ${METERS[meter]}`,
    ...(overridden
      ? [
          `limits    ${colors.yellow(`set by ${overridden.by} at ${showDay(overridden.at)}, not those of the file`)}`,
        ]
      : []),
    `open      ${open} reservations; refused ${refused} times since the daemon started`,
    '',
    showTable(terminal, measures, {
      columns: [
        { heading: 'MEASURE', cell: ({ measure }) => measure },
        { heading: 'USED', cell: (one) => showAmount(one, one.used) },
        { heading: 'LIMIT', cell: (one) => showAmount(one, one.limit) },
        { heading: 'SHARE', cell: (one) => paintShare(terminal, one) },
        { heading: 'RESERVED', cell: (one) => showAmount(one, one.reserved) },
        { heading: 'LEFT', cell: (one) => showAmount(one, one.left) },
        { heading: 'LARGEST CALL', cell: (one) => (one.largest === 0 ? '-' : showAmount(one, one.largest)) },
      ],
      empty: 'No limits.',
    }),
  ].join('\n');
}

const METERS: Readonly<Record<BudgetView['meter'], string>> = {
  calls: 'calls: what the daemon carries, and what agents reserve',
  agent: 'agent: what agents reserve and settle themselves',
  reports: 'reports: tokens and money by telemetry, calls and time by the daemon',
};

/** Windows are days long: the time alone would not do. */
function showDay(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}

function showScope({ agents, capability }: BudgetView): string {
  const whose = agents === null ? 'all' : agents.join(', ');
  return capability === null ? whose : `${whose}: ${capability}`;
}

function showAmount({ unit }: BudgetMeasureView, amount: number): string {
  if (unit === 'ms') return showDuration(amount);
  if (unit === 'tokens' || unit === 'calls') return amount.toLocaleString('en-US');
  return `${amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 6 })} ${unit}`;
}

function paintShare({ colors }: Terminal, { used, limit }: BudgetMeasureView): string {
  const share = limit === 0 ? 1 : used / limit;
  // Never 100 % as long as there is something left.
  const text = `${share < 1 ? Math.min(99, Math.round(share * 100)) : Math.round(share * 100)} %`;
  if (share >= 1) return colors.red(text);
  return share >= NEARLY ? colors.yellow(text) : text;
}

function showReset({ window, resetsAt }: BudgetView, now: number): string {
  if (window.kind === 'rolling') return 'rolling';
  return resetsAt === null ? 'by hand' : `in ${showDuration(Math.max(0, resetsAt - now))}`;
}
