import type { Runtime } from '@dreamnet/contracts';
import { z } from 'zod';
import { localConfigFields } from '../local/local-config.js';
import { createLocalRuntime } from '../local/local-runtime.js';

const customConfigSchema = z.strictObject(localConfigFields);

/**
 * Any program as a local process, run as its command says. It has no versions to tell, so a context's version is
 * recorded and not checked.
 */
export function createCustomRuntime(): Runtime {
  return createLocalRuntime({
    kind: 'custom',
    schema: customConfigSchema,
    chooseProgram: async ({ command: [program = ''] }) => ({ program }),
  });
}
