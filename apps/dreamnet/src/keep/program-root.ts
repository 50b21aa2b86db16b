import { fileURLToPath } from 'node:url';

/** The folder of this package: two above this file in `dist/keep/`, and two above the bundle in `dist/bundle/`. */
export const PROGRAM_ROOT: string = fileURLToPath(new URL('../../', import.meta.url));
