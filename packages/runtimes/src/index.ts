export { createCustomRuntime } from './custom/custom-runtime.js';
export { RUNTIMES_ERRORS } from './errors.js';
export type { ManagerVariables } from './installations/find-installations.js';
export type { NodeRuntimeOptions } from './node/node-runtime.js';
export { createNodeRuntime } from './node/node-runtime.js';
export type { PythonRuntimeOptions } from './python/python-runtime.js';
export { createPythonRuntime } from './python/python-runtime.js';
export type { RuntimeRegistry } from './registry.js';
export { createRuntimeRegistry } from './registry.js';
