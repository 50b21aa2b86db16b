const BARS = '▁▂▃▄▅▆▇█';

/** Half height: values that are all the same are neither low nor high. */
const FLAT = 3;

/** Values as a line of bars, the least lowest; a space where there is none. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  const least = Math.min(...known);
  const span = Math.max(...known) - least;
  return values
    .map((value) => {
      if (value === undefined) return ' ';
      const height = span === 0 ? FLAT : Math.round(((value - least) / span) * (BARS.length - 1));
      return BARS[height];
    })
    .join('');
}
