import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { collectNotices, NOTICES } from '../../tools/notices.mjs';

/** Whatever is bundled is shipped with its licence. */
const notices: Plugin = {
  name: 'notices',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: NOTICES, source: collectNotices(this.getModuleIds()) });
  },
};

// Relative addresses: the daemon serves the console at whatever address it listens on.
export default defineConfig({
  base: './',
  plugins: [react(), tailwind(), notices],
  build: { outDir: 'dist', sourcemap: false, target: 'es2022' },
});
