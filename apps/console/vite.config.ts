import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Relative addresses: the daemon serves the console at whatever address it listens on.
export default defineConfig({
  base: './',
  plugins: [react(), tailwind()],
  build: { outDir: 'dist', sourcemap: false, target: 'es2022' },
});
