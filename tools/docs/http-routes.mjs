import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PAGE = 'docs/reference/http-api.md';
const BUILT = 'apps/dreamnet/dist/http/all-routes.js';
/** Alertmanager's interface has a page of its own; a second spelling, a folder in front and a refusal are told in words. */
const TOLD_IN_WORDS = /^\w+ \/(api\/v2\/|-\/|otlp\/|api\/heartbeat$|v1\/logs$)/;

/** Every route of the daemon is in the reference, in a table with the role it asks for; and the reference names no other. */
export async function checkHttpRoutes(root) {
  const told = toldRoutes(readFileSync(join(root, PAGE), 'utf8'));
  const routes = await routesOf(root);
  const problems = [];
  const verbs = [...told].filter(([name]) => !routes.has(name));
  for (const [name, { route, role }] of routes) {
    const row = told.get(name) ?? verbs.find(([one]) => verbOf(one) === name)?.[1];
    if (row === undefined) problems.push(`${PAGE}: '${route}' is not named`);
    else if (row.role !== undefined && row.role !== (role ?? row.role))
      problems.push(`${PAGE}: '${route}' asks for the role '${role}', told is '${row.role}'`);
  }
  for (const [name, { route }] of told)
    if (!routes.has(name) && !routes.has(verbOf(name)))
      problems.push(`${PAGE}: '${route}' is named, and there is none`);
  return problems;
}

/** What the page names: `POST /a/:id/start\|stop` are two. The role is that of the table's second column, if it has one. */
function toldRoutes(page) {
  const told = new Map();
  for (const line of page.split('\n')) {
    const role = /^\|.*?[^\\]\| (agent|viewer|operator|admin) \|/.exec(line)?.[1];
    for (const [, method, path] of line.matchAll(/`(GET|POST|PUT|DELETE) (\/[^`?\s]*)/g)) {
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      for (const last of path.slice(folder.length).split(/\\?\|/)) {
        const route = `${method} ${folder}${last}`;
        if (!told.has(nameOf(route)) && !TOLD_IN_WORDS.test(route)) told.set(nameOf(route), { route, role });
      }
    }
  }
  // The console and the description of the interface come with the server.
  for (const route of ['GET /', 'GET /api/openapi.json']) told.delete(nameOf(route));
  return told;
}

/** All routes with their roles, as the program registers them; nothing is asked of the daemon while it does. */
async function routesOf(root) {
  const { addAllRoutes } = await import(pathToFileURL(join(root, BUILT)).href);
  const require = createRequire(join(root, 'apps/dreamnet/package.json'));
  const app = require('fastify')();
  const routes = new Map();
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) {
      const route = `${one} ${url}`;
      if (one !== 'HEAD' && !TOLD_IN_WORDS.test(route))
        routes.set(nameOf(route), { route, role: config?.role });
    }
  });
  const anything = new Proxy(() => undefined, {
    get: (_target, key) => (key === 'then' ? undefined : anything),
    apply: () => anything,
  });
  addAllRoutes(app, anything, anything);
  await app.ready();
  await app.close();
  return routes;
}

/** Whatever a part of the path is called; the verbs of a thing are one route. */
function nameOf(route) {
  return route.replace(/:verb$/, '*').replace(/:\w+/g, ':');
}

function verbOf(name) {
  return name.replace(/[^/]+$/, '*');
}
