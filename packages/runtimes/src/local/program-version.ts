import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';

/** Interpreters answer within 0.1 s; one that hangs must not hold the daemon. */
const ANSWER_WITHIN_MS = 5000;
const LONGEST_ANSWER_BYTES = 4096;

/** Asks interpreters for their version, each file once: one that was replaced is asked again. */
export interface VersionReader {
  /** E.g. `nodejs-20.20.2`; undefined when the program does not answer with a version. */
  read(path: string): Promise<string | undefined>;
}

/**
 * @param name What stands before the dash, e.g. `nodejs`.
 */
export function createVersionReader(name: string): VersionReader {
  const cache = new Map<string, Promise<string | undefined>>();
  return {
    read: async (path) => {
      const file = await fileOf(path);
      const known = cache.get(file);
      if (known) return known;
      const asked = askVersion(path).then((version) => {
        // A program that is not there today may be installed tomorrow.
        if (version === undefined) cache.delete(file);
        return version && `${name}-${version}`;
      });
      cache.set(file, asked);
      return asked;
    },
  };
}

/** Names what really lies at a path now; an update in place makes it another file. */
async function fileOf(path: string): Promise<string> {
  return stat(path).then(
    ({ dev, ino, mtimeMs }) => `${path} ${dev} ${ino} ${mtimeMs}`,
    () => path,
  );
}

/** Runs `PATH --version`, without a shell and without our environment. */
function askVersion(path: string): Promise<string | undefined> {
  const limits = { timeout: ANSWER_WITHIN_MS, maxBuffer: LONGEST_ANSWER_BYTES, env: {} };
  return new Promise((resolve) => {
    execFile(path, ['--version'], limits, (error, stdout, stderr) => {
      // Python 2 answers on standard error.
      const match = /^(?:v|Python )(\d+\.\d+\.\d+)/m.exec(`${stdout}\n${stderr}`);
      resolve(error ? undefined : match?.[1]);
    });
  });
}
