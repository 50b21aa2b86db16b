// A folder in the layout of the Numenta Anomaly Benchmark: data/**/*.csv and, where there are labels, labels/combined_windows.json.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Unpacks an archive into a new folder under the system's temporary one. */
export function unpack(archive) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-nab-'));
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  return folder;
}

/** @returns {string[]} Paths of the series, relative to `data/`, in order. */
export function listSeries(folder) {
  const names = readdirSync(join(folder, 'data'), { recursive: true });
  return names.filter((name) => name.endsWith('.csv')).sort();
}

/** The rows of a series: the timestamp as it is written, the time in epoch ms, the value. */
export function readSeries(folder, name) {
  const [head, ...lines] = readFileSync(join(folder, 'data', name), 'utf8')
    .split(/\r?\n/)
    .filter(Boolean);
  const columns = head.split(',');
  const [time, value] = [columns.indexOf('timestamp'), columns.indexOf('value')];
  return lines.map((line) => {
    const cells = line.split(',');
    return { timestamp: cells[time], at: epochMs(cells[time]), value: Number(cells[value]) };
  });
}

/** @returns {Record<string, [string, string][]> | undefined} Series → windows of anomalies; undefined without labels. */
export function readWindows(folder) {
  const file = join(folder, 'labels/combined_windows.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Times without a zone are read as UTC, so that a run gives the same everywhere. */
function epochMs(text) {
  const iso = text.trim().replace(' ', 'T');
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
}
