import { createRouteTree, routesFor, walkRoutes } from '@dreamnet/dreamnet-os-core';
import { compare, leftOut } from './cases.mjs';
import { goValue, Unknown, variable } from './go-values.mjs';

const DEFAULTS = { GroupBy: [], GroupWait: 30_000, GroupInterval: 300_000, RepeatInterval: 14_400_000 };

/** @param readFile Reads an Alertmanager file: `(path, text) => {route, ...}`. */
export function routeTables(readFile) {
  const treeOf = (rows) => createRouteTree(readFile('table.yml', fileOf(variable(rows, 'in'))).route);
  const matching = (rows) => variable(rows, 'tests').map((one) => matchCase(treeOf(rows), one));
  return {
    'dispatch_route.json': {
      TestRouteMatch: matching,
      TestRouteMatchers: matching,
      TestRouteMatchersAndMatch: matching,
      TestRouteWalk: (rows) => {
        const got = walkRoutes(treeOf(rows)).map(({ receiver }) => receiver);
        return [compare('receivers', variable(rows, 'expected'), got)];
      },
      TestRouteID: (rows) => {
        const got = walkRoutes(treeOf(rows)).map(({ id }) => id);
        return variable(rows, 'expected').map((id, at) => compare(id, id, got[at]));
      },
      TestInheritParentGroupByAll: (rows) => {
        const [, parent, child1, child2] = walkRoutes(treeOf(rows));
        return [
          compare(
            'group_by',
            [null, null, ['foo']],
            [parent, child1, child2].map((one) => one.groupBy),
          ),
        ];
      },
      TestRouteLabelsLoading: (rows) =>
        variable(rows, 'tests').map(({ input }) =>
          leftOut(
            JSON.stringify(input),
            'labels of routes are not supported; a file with them is refused by name',
          ),
        ),
      TestRouteIndices: () => [leftOut('all', "the numbers are of Alertmanager's own memory layout")],
    },
  };
}

/** The tables hold the route alone; a file has receivers, and its root one of them. */
function fileOf(route) {
  const names = new Set([
    'root',
    ...[...route.matchAll(/receiver:\s*['"]?([\w-]+)/g)].map(([, name]) => name),
  ]);
  const indented = route.replaceAll('\n', '\n  ');
  const root = /^receiver:/m.test(route) ? '' : '\n  receiver: root';
  return `route:${root}${indented}\nreceivers:\n${[...names].map((name) => `- name: ${name}\n`).join('')}`;
}

function matchCase(root, { input, result, keys }) {
  const labels = goValue(input);
  const expected = result.map((one, at) => ({ ...wanted(goValue(one)), key: keys[at] }));
  const actual = routesFor(root, labels).map((route) => ({
    receiver: route.receiver,
    groupBy: route.groupBy,
    times: [route.groupWaitMs, route.groupIntervalMs, route.repeatIntervalMs],
    key: route.key,
  }));
  return compare(JSON.stringify(labels), expected, actual);
}

function wanted(options) {
  const value = (name) => (options[name] instanceof Unknown ? DEFAULTS[name] : options[name]);
  return {
    receiver: options.Receiver,
    groupBy: options.GroupByAll ? null : [...value('GroupBy')].sort(),
    times: [value('GroupWait'), value('GroupInterval'), value('RepeatInterval')],
  };
}
