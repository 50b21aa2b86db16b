import { storeConformance } from '@dreamnet/testkit';
import { createMemoryStore } from '../../src/stores/memory.js';

storeConformance('memory', async () => ({ store: createMemoryStore(), cleanUp: async () => undefined }));
