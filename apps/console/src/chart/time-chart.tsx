import type { SeriesPoint } from '@dreamnet/contracts';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { momentText } from '../ui/time-text.js';
import { type ChartSummary, nearest, summarize, toColumns, valueRange } from './chart-data.js';
import { type Colour, coloursOf, useIsDark } from './colours.js';
import { type Drawing, valuesOf } from './drawing.js';
import { plotOptions } from './plot-options.js';

interface TimeChartProps {
  /** What the line is, for who cannot see it and above the chart. */
  label: string;
  points: readonly SeriesPoint[];
  /** What the time axis shows, epoch ms. */
  fromMs: number;
  toMs: number;
  stepMs?: number;
  colour?: Colour;
  heightPx?: number;
  valueText: (value: number) => string;
  /** Left out: as the values need. */
  range?: readonly [number, number];
  drawings?: readonly Drawing[];
  syncWith?: string;
}

const NONE: readonly Drawing[] = [];

/** A series over time: the mean as a line, from least to most as a band around it, gaps where nothing was measured. */
export default function TimeChart(props: TimeChartProps) {
  const { label, points, valueText, heightPx = 160 } = props;
  const [at, setAt] = useState<number | undefined>();
  const host = useRef<HTMLDivElement>(null);
  usePlot(host, { ...props, heightPx }, setAt);
  const summary = useMemo(() => summarize(points), [points]);
  return (
    <figure className="min-w-0">
      <figcaption className="flex min-h-[18px] items-baseline gap-x-2 overflow-hidden text-xs whitespace-nowrap">
        <span className="truncate font-medium" title={label}>
          {label}
        </span>
        {summary && <Readout points={points} at={at} summary={summary} valueText={valueText} />}
      </figcaption>
      <div
        ref={host}
        role="img"
        aria-label={
          summary
            ? `${label}: last ${valueText(summary.last.mean)}, least ${valueText(summary.min)}, most ${valueText(summary.max)}, mean ${valueText(summary.mean)}`
            : `${label}: no values`
        }
        style={{ height: heightPx }}
        className="mt-1 w-full overflow-hidden"
      />
    </figure>
  );
}

interface ReadoutProps {
  points: readonly SeriesPoint[];
  /** Epoch ms under the pointer. */
  at: number | undefined;
  summary: ChartSummary;
  valueText: (value: number) => string;
}

/** Under the pointer the value with its time; else what the whole stretch held. */
function Readout({ points, at, summary, valueText }: ReadoutProps) {
  const shown = at === undefined ? undefined : nearest(points, at);
  const { min, max, last } = summary;
  return (
    <span className="ml-auto text-faint" title={momentText((shown ?? last).at)}>
      {shown ? (
        <>
          <time dateTime={new Date(shown.at).toISOString()}>{momentText(shown.at)}</time>{' '}
          <strong className="ml-1 font-semibold text-text">{valueText(shown.mean)}</strong>
          {shown.max > shown.min && ` ${valueText(shown.min)} to ${valueText(shown.max)}`}
        </>
      ) : (
        <>
          {valueText(min)} to {valueText(max)}, last{' '}
          <strong className="font-semibold text-text">{valueText(last.mean)}</strong>
        </>
      )}
    </span>
  );
}

type PlotProps = TimeChartProps & { heightPx: number };

/** Builds the chart into its place, and keeps data, size and theme in step. */
function usePlot(
  host: React.RefObject<HTMLDivElement | null>,
  props: PlotProps,
  onCursor: (at: number | undefined) => void,
): void {
  const plot = useRef<uPlot | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const isDark = useIsDark();
  const { colour = 'accent', heightPx, syncWith } = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme needs a new chart
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const colours = coloursOf(element);
    const built = new uPlot(
      plotOptions({
        colours,
        lineColour: colours[colour],
        width: element.clientWidth,
        height: heightPx,
        syncWith,
        drawings: () => newest.current.drawings ?? NONE,
        valueText: (value) => newest.current.valueText(value),
        timeRange: () => [newest.current.fromMs, newest.current.toMs],
        valueRange: () => rangeOf(newest.current),
        onCursor,
      }),
      dataOf(newest.current),
      element,
    );
    plot.current = built;
    const observer = new ResizeObserver(() =>
      built.setSize({ width: element.clientWidth, height: heightPx }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      built.destroy();
      plot.current = null;
    };
  }, [host, isDark, colour, heightPx, syncWith, onCursor]);

  const { points, fromMs, toMs, stepMs, drawings } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the chart draws is read from the newest properties
  useEffect(() => {
    plot.current?.setData(dataOf(newest.current));
  }, [points, fromMs, toMs, stepMs, drawings]);
}

function dataOf({ points, stepMs }: PlotProps): uPlot.AlignedData {
  const { at, max, min, mean } = toColumns(points, stepMs);
  return [at, max, min, mean];
}

function rangeOf({ range, points, drawings = NONE }: PlotProps): [number, number] {
  if (range) return [...range];
  return valueRange([...points.flatMap(({ min, max }) => [min, max]), ...drawings.flatMap(valuesOf)]);
}
