import { createCustomRuntime, createNodeRuntime, createPythonRuntime } from '../../src/index.js';
import { describeRuntimeConformance } from './runtime-conformance.js';

const nodeStaying = 'console.log(JSON.stringify(process.env)); setInterval(() => {}, 1000)';
const pythonStaying = [
  'import json, os, time',
  'print(json.dumps(dict(os.environ)))',
  'time.sleep(3600)',
].join('\n');

describeRuntimeConformance('node', {
  create: () => createNodeRuntime({ execPath: process.execPath }),
  staying: ['node', '-e', nodeStaying],
  ending: (code) => ['node', '-e', `process.exit(${code})`],
  echoing: ['node', '-e', 'process.stdin.pipe(process.stdout)'],
});

describeRuntimeConformance('python', {
  create: () => createPythonRuntime({ searchPath: process.env.PATH ?? '/bin:/usr/bin' }),
  staying: ['python3', '-c', pythonStaying],
  ending: (code) => ['python3', '-c', `raise SystemExit(${code})`],
  echoing: ['python', '-c', 'import sys\nfor line in sys.stdin: print(line, end="")'],
});

describeRuntimeConformance('custom', {
  create: () => createCustomRuntime(),
  staying: [process.execPath, '-e', nodeStaying],
  ending: (code) => ['sh', '-c', `exit ${code}`],
  echoing: ['cat'],
});
