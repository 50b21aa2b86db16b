import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Tests run on the sources: a package name leads to its src/index.ts, so a test never sees a stale build.
const source = (name: string) => fileURLToPath(new URL(`./packages/${name}/src/index.ts`, import.meta.url));
const packages = [
  'contracts',
  'kit',
  'dreamnet-os-core',
  'os-linker',
  'supervisor',
  'spine',
  'protocols',
  'runtimes',
  'adapters',
  'agent',
  'testkit',
];
const alias = packages.map((name) => ({
  find: new RegExp(`^@dreamnet/${name}$`),
  replacement: source(name),
}));
alias.push({
  find: /^@dreamnet\/dreamnet-os-core\/alert-delivery$/,
  replacement: fileURLToPath(
    new URL('./packages/dreamnet-os-core/src/alert-delivery-entry.ts', import.meta.url),
  ),
});
const process = ['**/*.process.test.ts', '**/scenario/**/*.test.ts'];
const exclude = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    reporters: ['default', './tools/skip-reporter.mjs'],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'pure',
          setupFiles: ['./tools/property-setup.mjs'],
          include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
          exclude: [...exclude, ...process],
          pool: 'threads',
          isolate: false,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'process',
          include: process,
          exclude,
          pool: 'forks',
          // They mostly wait; more at once would only wait for each other's processors.
          maxWorkers: 2,
          // Beside the pure tests, which fill the processors, their agents would start late.
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
