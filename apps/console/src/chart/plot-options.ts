import type uPlot from 'uplot';
import { type Colours, faded } from './colours.js';
import { type Drawing, drawAll } from './drawing.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FONT = '11px ui-sans-serif, system-ui, sans-serif';

/** What a chart is built with; data and size come afterwards. */
export interface PlotWishes {
  colours: Colours;
  lineColour: string;
  width: number;
  height: number;
  /** Read at each drawing, so that new ones need no new chart. */
  drawings: () => readonly Drawing[];
  valueText: (value: number) => string;
  valueRange: () => [number, number];
  timeRange: () => [number, number];
  /** Charts with the same name move their cursors together. */
  syncWith: string | undefined;
  /** Epoch ms under the pointer; undefined when it left. */
  onCursor: (at: number | undefined) => void;
}

/** Columns: time, highest, lowest, mean. The room between highest and lowest is filled. */
export function plotOptions(wishes: PlotWishes): uPlot.Options {
  const { colours, lineColour, width, height } = wishes;
  const grid = { stroke: colours.line, width: 1 };
  const axis = { stroke: colours.faint, font: FONT, grid, ticks: { ...grid, size: 4 } };
  const edge = { stroke: 'transparent', points: { show: false } };
  return {
    width,
    height,
    ms: 1,
    legend: { show: false },
    padding: [8, 18, 0, 0],
    cursor: {
      x: true,
      y: false,
      points: { size: 7 },
      drag: { x: false, y: false },
      ...(wishes.syncWith !== undefined && { sync: { key: wishes.syncWith, scales: ['x', null] } }),
    },
    scales: {
      x: { time: true, range: () => wishes.timeRange() },
      y: { range: () => wishes.valueRange() },
    },
    axes: [
      { ...axis, size: 26, space: 72, values: (...given) => timeTexts(given[1], given[4]) },
      { ...axis, size: 52, space: 28, values: (_plot, splits) => splits.map(wishes.valueText) },
    ],
    series: [
      {},
      edge,
      edge,
      { stroke: lineColour, width: 1.5, points: { size: 4, fill: lineColour }, spanGaps: false },
    ],
    bands: [{ series: [1, 2], fill: faded(lineColour, 0.18) }],
    hooks: {
      draw: [(plot) => drawAll(plot, wishes.drawings(), colours)],
      setCursor: [
        (plot) => {
          const { left } = plot.cursor;
          wishes.onCursor(left === undefined || left < 0 ? undefined : plot.posToVal(left, 'x'));
        },
      ],
    },
  };
}

/** Labels of the time axis, as fine as their distance. */
function timeTexts(splits: readonly number[], distanceMs: number): string[] {
  const time = new Intl.DateTimeFormat([], {
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
    ...(distanceMs < MINUTE_MS && { second: '2-digit' }),
  });
  const day = new Intl.DateTimeFormat([], { day: 'numeric', month: 'short' });
  return splits.map((at) => {
    const isMidnight = new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0;
    return distanceMs >= DAY_MS || isMidnight ? day.format(at) : time.format(at);
  });
}
