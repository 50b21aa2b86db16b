// Two supervisors that Debian packages, beside ours: runit and supervisord. Where one is neither on the PATH nor can be
// fetched it is left out, and the output says so. Their contract is that of supervisors.mjs.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findDebianProgram } from '../debian-program.mjs';
import { readOr, readProcesses, until } from './measure.mjs';
import { background, withId } from './supervisors.mjs';

/**
 * One small process, runsv, stands between runsvdir and each agent. It waits until a second has passed since the last
 * start; kills come later than that.
 */
const runit = (runsvdir) => ({
  name: 'runit',
  start: async (command, folder, count = 1) => {
    for (let id = 0; id < count; id += 1) {
      const service = join(folder, 'services', `a${id}`);
      mkdirSync(service, { recursive: true });
      const words = withId(command, id).map((word) => `'${word}'`);
      writeFileSync(join(service, 'run'), `#!/bin/sh\nexec ${words.join(' ')}\n`);
      chmodSync(join(service, 'run'), 0o755);
    }
    return runit(runsvdir).resume(folder);
  },
  resume: async (folder) =>
    background(folder, runsvdir, [join(folder, 'services')], {
      PATH: `${dirname(runsvdir)}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    }),
  between: [{ what: 'every runsv', find: (_, pid) => findChildren(pid, 'runsv') }],
});

/**
 * It looks at its children once a second, and an agent counts as started after `startsecs` (1 by default); kills come
 * later than that.
 */
const supervisord = (program) => ({
  name: 'supervisord',
  start: async (command, folder, count = 1) => {
    const sections = Array.from({ length: count }, (_, id) =>
      [`[program:a${id}]`, `command=${withId(command, id).join(' ')}`, 'autorestart=true'].join('\n'),
    );
    const own = `[supervisord]\nnodaemon=true\npidfile=${folder}/supervisord.pid\nchildlogdir=${folder}\nminfds=2048\n`;
    writeFileSync(join(folder, 'supervisord.conf'), `${own}\n${sections.join('\n')}\n`);
    return supervisord(program).resume(folder);
  },
  resume: async (folder) => {
    const pid = background(folder, 'python3', [program, '-c', join(folder, 'supervisord.conf')], {
      PYTHONPATH: join(dirname(program), '..', 'lib', 'python3', 'dist-packages'),
    });
    await until(() => readOr(join(folder, 'supervisord.pid'), '').trim() === String(pid), 20_000);
    return pid;
  },
});

const findChildren = (parent, program) =>
  [...readProcesses().values()]
    .filter(
      (row) => row.parent === parent && readOr(`/proc/${row.pid}/cmdline`, '').startsWith(`${program}\0`),
    )
    .map(({ pid }) => pid);

/** @returns Those that can be had here. */
export function findDebianSupervisors() {
  const known = [
    ['runsvdir', ['runit'], runit],
    ['supervisord', ['supervisor', 'python3-pkg-resources'], supervisord],
  ];
  return known.flatMap(([program, packages, make]) => {
    const path = findDebianProgram(program, packages);
    if (path === undefined)
      console.log(`${packages[0]}: left out; no ${program} on the PATH, and apt-get could not fetch it`);
    return path === undefined ? [] : [make(path)];
  });
}
