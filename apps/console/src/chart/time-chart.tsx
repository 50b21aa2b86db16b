import type { SeriesPoint } from '@dreamnet/contracts';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { momentText } from '../ui/time-text.js';
import { nearest, summarize, toColumns, valueRange } from './chart-data.js';
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
  const shown = at === undefined ? summary?.last : nearest(points, at);
  return (
    <figure className="min-w-0">
      <figcaption className="flex flex-wrap items-baseline gap-x-3 text-xs">
        <span className="font-medium">{label}</span>
        {shown && (
          <span className="text-soft">
            <strong className="font-semibold text-text">{valueText(shown.mean)}</strong>
            {shown.max > shown.min && ` (${valueText(shown.min)} to ${valueText(shown.max)})`}
            <time className="ml-2 text-faint" dateTime={new Date(shown.at).toISOString()}>
              {momentText(shown.at)}
            </time>
          </span>
        )}
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
