import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path/posix';
import { readTarGz } from './tar.mjs';

/** Every text of the archive of OpenMetrics' parser tests, and whether it must be accepted. */
export function readOpenMetricsCases(file) {
  const files = readTarGz(readFileSync(file));
  return [...files.keys()]
    .filter((path) => basename(path) === 'test.json')
    .map((path) => {
      const { file: name, shouldParse } = JSON.parse(files.get(path).toString('utf8'));
      const folder = dirname(path);
      return { name: basename(folder), text: files.get(`${folder}/${name}`).toString('utf8'), shouldParse };
    });
}

/** @param parse `parseOpenMetrics` of @dreamnet/protocols */
export function replayOpenMetrics({ name, text, shouldParse }, parse) {
  const parsed = parse(text);
  const words = (isAccepted) => (isAccepted ? 'accepted' : 'refused');
  const mismatch = {
    step: parsed.isAccepted ? 0 : parsed.line,
    expected: words(shouldParse),
    actual: parsed.isAccepted ? words(true) : `${words(false)}: ${parsed.why}`,
  };
  return { scenario: name, mismatch: parsed.isAccepted === shouldParse ? null : mismatch };
}
