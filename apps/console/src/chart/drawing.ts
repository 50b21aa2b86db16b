import type uPlot from 'uplot';
import { type Colour, type Colours, faded } from './colours.js';

/** A place in the chart: epoch ms and value. */
export interface Place {
  at: number;
  value: number;
}

/** What is drawn beside the measured line. */
export type Drawing =
  /** A straight line, dashed where it is not measured but computed. */
  | { kind: 'line'; from: Place; to: Place; colour: Colour }
  /** A level across the whole chart, with a word at its end. */
  | { kind: 'level'; value: number; word: string; colour: Colour }
  /** Where a computed line may run. */
  | { kind: 'area'; corners: readonly Place[]; colour: Colour }
  /** A stretch of time, with a word at its beginning. */
  | { kind: 'span'; fromMs: number; toMs: number; word: string; colour: Colour };

const DASH_PX = 5;
const FONT_PX = 11;

interface Canvas {
  plot: uPlot;
  colours: Colours;
  /** Device pixels per pixel of the page. */
  ratio: number;
}

type Draw<K extends Drawing['kind']> = (canvas: Canvas, drawing: Extract<Drawing, { kind: K }>) => void;

const DRAW: { readonly [K in Drawing['kind']]: Draw<K> } = {
  line: (canvas, { from, to, colour }) => {
    stroke(canvas, colour, [from, to]);
  },
  level: (canvas, { value, word, colour }) => {
    const { plot, ratio } = canvas;
    const { left, width } = plot.bbox;
    const y = plot.valToPos(value, 'y', true);
    strokePixels(canvas, colour, [
      [left, y],
      [left + width, y],
    ]);
    write(canvas, colour, { text: word, x: left + width - 4 * ratio, y: y - 4 * ratio, align: 'right' });
  },
  area: (canvas, { corners, colour }) => {
    const { ctx } = canvas.plot;
    ctx.beginPath();
    for (const corner of corners) ctx.lineTo(...pixelsOf(canvas.plot, corner));
    ctx.closePath();
    ctx.fillStyle = faded(canvas.colours[colour], 0.14);
    ctx.fill();
  },
  span: (canvas, { fromMs, toMs, word, colour }) => {
    const { plot, colours, ratio } = canvas;
    const { top, height } = plot.bbox;
    const left = plot.valToPos(fromMs, 'x', true);
    plot.ctx.fillStyle = faded(colours[colour], 0.1);
    plot.ctx.fillRect(left, top, plot.valToPos(toMs, 'x', true) - left, height);
    write(canvas, colour, { text: word, x: left + 4 * ratio, y: top + 12 * ratio, align: 'left' });
  },
};

/** Draws on top of the measured line, within the chart's frame. */
export function drawAll(plot: uPlot, drawings: readonly Drawing[], colours: Colours): void {
  const { ctx, bbox } = plot;
  const canvas: Canvas = { plot, colours, ratio: devicePixelRatio };
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const drawing of drawings)
    (DRAW[drawing.kind] as (canvas: Canvas, drawing: Drawing) => void)(canvas, drawing);
  ctx.restore();
}

/** Every value a drawing reaches, so that the chart makes room for it. */
export function valuesOf(drawing: Drawing): number[] {
  if (drawing.kind === 'line') return [drawing.from.value, drawing.to.value];
  if (drawing.kind === 'level') return [drawing.value];
  return drawing.kind === 'area' ? drawing.corners.map(({ value }) => value) : [];
}

function pixelsOf(plot: uPlot, { at, value }: Place): [x: number, y: number] {
  return [plot.valToPos(at, 'x', true), plot.valToPos(value, 'y', true)];
}

function stroke(canvas: Canvas, colour: Colour, places: readonly Place[]): void {
  strokePixels(
    canvas,
    colour,
    places.map((place) => pixelsOf(canvas.plot, place)),
  );
}

function strokePixels(
  { plot, colours, ratio }: Canvas,
  colour: Colour,
  way: readonly [number, number][],
): void {
  const { ctx } = plot;
  ctx.beginPath();
  for (const [x, y] of way) ctx.lineTo(x, y);
  ctx.setLineDash([DASH_PX * ratio, DASH_PX * ratio]);
  ctx.lineWidth = 1.5 * ratio;
  ctx.strokeStyle = colours[colour];
  ctx.stroke();
}

function write(
  { plot, colours, ratio }: Canvas,
  colour: Colour,
  { text, x, y, align }: { text: string; x: number; y: number; align: CanvasTextAlign },
): void {
  const { ctx } = plot;
  ctx.font = `${FONT_PX * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textAlign = align;
  // The axes leave their own setting behind.
  ctx.textBaseline = 'alphabetic';
  ctx.fillStyle = colours[colour];
  ctx.fillText(text, x, y);
}
