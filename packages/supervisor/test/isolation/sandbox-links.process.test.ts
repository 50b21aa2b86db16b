import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoundPath } from '@dreamnet/contracts';
import { expect, onTestFinished } from 'vitest';
import { type Harness, logLine, startHarness } from '../fixtures/harness.js';
import { sandboxTest, searchPath } from '../fixtures/sandbox-test.js';

const sandbox = (paths: readonly BoundPath[] = []) => ({
  isolation: { level: 'sandbox' as const, isRequired: true, paths, network: { access: 'none' as const } },
});
const rw = (path: string): BoundPath => ({ path, mode: 'rw' });
const ro = (path: string): BoundPath => ({ path, mode: 'ro' });

/** A folder `fleet` with `box`, and with the hidden `real/state` that has a token. */
async function start(hidden = 'real/state'): Promise<Harness & { fleet: string; run: RunIn }> {
  const fleet = realpathSync(mkdtempSync(join(tmpdir(), 'dreamnet-links-')));
  onTestFinished(() => rmSync(fleet, { recursive: true, force: true }));
  for (const name of ['box', 'data/jobs/now', 'real/state'])
    mkdirSync(join(fleet, name), { recursive: true });
  writeFileSync(join(fleet, 'real/state/token'), 'canary');
  const harness = await startHarness({ isolation: { searchPath, hiddenPaths: [join(fleet, hidden)] } });
  const run: RunIn = (cwd, script, paths) =>
    harness.supervisor.launch(
      harness.spec('a', ['sh', '-c', `${script}; echo end; sleep 1000`], {
        cwd: join(fleet, cwd),
        ...sandbox(paths),
      }),
    );
  return { ...harness, fleet, run };
}
type RunIn = (cwd: string, script: string, paths?: readonly BoundPath[]) => Promise<unknown>;

const REFUSED = { code: 'DN_SUPERVISOR_PATH_REFUSED' };

sandboxTest(
  'links: a folder that was changed for a link in the last life is refused in the next one',
  async () => {
    const { supervisor, spec, fleet, events } = await start();
    const trick = 'mv jobs jobs.old && mkdir jobs && ln -s ../.. jobs/now';
    const script = `cat real/state/token; cd ${fleet}/data && ${trick}; echo lived; exit 1`;
    const how = { cwd: join(fleet, 'data/jobs/now'), ...sandbox([rw(join(fleet, 'data'))]) };
    await supervisor.launch(spec('a', ['sh', '-c', script], how));
    const [failed] = await events.atLeast('process.start-failed', 1, 'a');
    expect(await supervisor.readLog('a', { stream: 'out' })).toEqual(['lived']);
    expect(failed?.reason).toContain(`the link ${fleet}/data/jobs/now`);
    await supervisor.stop('a');
    rmSync(join(fleet, 'data/jobs'), { recursive: true });
    mkdirSync(join(fleet, 'data/jobs/now'), { recursive: true });
    await supervisor.launch(spec('a', ['sh', '-c', 'echo mended; sleep 1000'], how));
    expect(await logLine(supervisor, 'a', /mended/)).toBe('mended');
  },
);

sandboxTest(
  'links: a binding that leads out of what the process may write is refused and names the link',
  async () => {
    const { fleet, run, supervisor } = await start();
    symlinkSync('../box', join(fleet, 'data/out'));
    const data = rw(join(fleet, 'data'));
    for (const one of [rw(join(fleet, 'data/out')), ro(join(fleet, 'data/out/deeper'))]) {
      const running = run('box', 'true', [data, one]);
      await expect(running).rejects.toMatchObject({
        ...REFUSED,
        message: expect.stringContaining(`${fleet}/data/out`),
      });
    }
    await run('box', `touch ${fleet}/data/out/new && echo written`, [
      data,
      rw(join(fleet, 'data/out')),
      rw(join(fleet, 'box')),
    ]);
    expect(await logLine(supervisor, 'a', /written/)).toBe('written');
    expect(existsSync(join(fleet, 'box/new'))).toBe(true);
  },
);

sandboxTest(
  'links: the hidden folder is seen by no name, and the whole file system by none either',
  async () => {
    const { fleet, run, supervisor } = await start();
    const link = (name: string, target: string) => symlinkSync(target, join(fleet, name));
    link('lnk', 'real/state');
    link('rootlnk', '/');
    link('plnk', 'real');
    for (const name of ['lnk', 'real/state', 'real/state/token', 'plnk/state', 'rootlnk'])
      await expect(run('box', 'true', [ro(join(fleet, name))])).rejects.toMatchObject(REFUSED);
    for (const name of ['lnk', 'rootlnk']) await expect(run(name, 'true')).rejects.toMatchObject(REFUSED);
    await run('plnk', `cat state/token ${fleet}/plnk/state/token; ls state`, [rw(join(fleet, 'plnk'))]);
    await logLine(supervisor, 'a', /end/);
    expect(await supervisor.readLog('a', { stream: 'out' })).toEqual(['end']);
  },
);

sandboxTest('links: a hidden folder that is named by a link is empty where it really is', async () => {
  const { fleet, run, supervisor } = await start('lnk');
  symlinkSync('real/state', join(fleet, 'lnk'));
  await run('box', `cat ${fleet}/real/state/token`, [ro(join(fleet, 'real'))]);
  await logLine(supervisor, 'a', /end/);
  expect(await supervisor.readLog('a', { stream: 'out' })).toEqual(['end']);
});

sandboxTest('links: nothing above a hidden folder is renamed from inside', async () => {
  const { fleet, run, supervisor } = await start();
  await run('box', `cd ${fleet}; mv real moved; mv real/state real/moved; touch real/new; ls -d moved`, [
    rw(fleet),
  ]);
  await logLine(supervisor, 'a', /end/);
  expect(await supervisor.readLog('a', { stream: 'out' })).toEqual(['end']);
  expect(existsSync(join(fleet, 'real/state/token'))).toBe(true);
  expect(existsSync(join(fleet, 'real/new'))).toBe(true);
});

sandboxTest('links: those which the process cannot change lead on, wherever they lead', async () => {
  const { fleet, run, supervisor } = await start();
  const away = realpathSync(mkdtempSync(join(tmpdir(), 'dreamnet-away-')));
  onTestFinished(() => rmSync(away, { recursive: true, force: true }));
  const alias = `${fleet}-alias`;
  symlinkSync(fleet, alias);
  onTestFinished(() => rmSync(alias));
  mkdirSync(join(away, 'pkg'));
  writeFileSync(join(away, 'pkg/file'), 'packaged\n');
  symlinkSync(away, join(fleet, 'box/out'));
  symlinkSync(join(away, 'pkg'), join(fleet, 'data/pkg'));
  symlinkSync('jobs', join(fleet, 'data/latest'));
  const box = join(alias, 'box');
  const script = `pwd; cat ${join(alias, 'data/pkg/file')} && touch out/new ${alias}/data/latest/now/new && echo written`;
  await run(`../${alias.split('/').at(-1)}/box`, script, [
    ...[rw(join(box, 'out')), rw(join(alias, 'data')), rw(join(alias, 'data/latest/now'))],
    ...[ro(join(alias, 'data/pkg')), ro(join(away, 'pkg'))],
  ]);
  await logLine(supervisor, 'a', /end/);
  const out = await supervisor.readLog('a', { stream: 'out' });
  expect(out).toEqual([box, 'packaged', 'written', 'end']);
  expect(existsSync(join(away, 'new'))).toBe(true);
  expect(existsSync(join(fleet, 'data/jobs/now/new'))).toBe(true);
});
