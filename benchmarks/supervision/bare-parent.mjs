// node bare-parent.mjs COUNT COMMAND...: spawns COUNT children and each again on its 'exit'. The floor for a Node
// supervisor: no log, no record, no health, no policy. {id} in the command becomes the child's number.
import { spawn } from 'node:child_process';

const [count, command, ...parts] = process.argv.slice(2);
const start = (id) => {
  const argv = parts.map((part) => (part === '{id}' ? String(id) : part));
  spawn(command, argv, { stdio: 'ignore' }).on('exit', () => start(id));
};
for (let id = 0; id < Number(count); id += 1) start(id);
