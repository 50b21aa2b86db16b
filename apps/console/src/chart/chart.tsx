import { type ComponentProps, lazy, Suspense } from 'react';

const TimeChart = lazy(() => import('./time-chart.js'));

type ChartProps = ComponentProps<typeof TimeChart> & {
  /** The points are those of another range, shown until the right ones are there. */
  isOld?: boolean;
  /** Said when there is no point; left out: that there are no values. */
  emptyText?: string;
};

/** A chart over time; what draws it is fetched when the first chart is shown. Without a point it says so. */
export function Chart({ isOld = false, emptyText = 'No values in this time.', ...props }: ChartProps) {
  if (props.points.length === 0)
    return (
      <div className="text-xs">
        <p className="font-medium">{props.label}</p>
        <p className="py-6 text-center text-soft">{emptyText}</p>
      </div>
    );
  return (
    <div aria-busy={isOld} className={isOld ? 'opacity-50' : ''}>
      <Suspense fallback={<div style={{ height: (props.heightPx ?? 160) + 22 }} />}>
        <TimeChart {...props} />
      </Suspense>
    </div>
  );
}
