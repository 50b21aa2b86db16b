/** A tree over the tokens of dotted names, one value per name. */
export interface CapabilityTrie<T> {
  /** The value at a name; made by `create` when there is none. O(tokens). */
  obtain(capability: string, create: () => T): T;
  /** The values at the name and at each dotted prefix of it, longest first. O(tokens). */
  match(capability: string): T[];
}

interface Node<T> {
  children: Map<string, Node<T>> | undefined;
  value: T | undefined;
}

export function createCapabilityTrie<T>(): CapabilityTrie<T> {
  const root: Node<T> = { children: undefined, value: undefined };
  return {
    obtain: (capability, create) => {
      let node = root;
      for (const token of capability.split('.')) {
        node.children ??= new Map();
        let child = node.children.get(token);
        if (!child) {
          child = { children: undefined, value: undefined };
          node.children.set(token, child);
        }
        node = child;
      }
      node.value ??= create();
      return node.value;
    },
    match: (capability) => {
      const found: T[] = [];
      let node: Node<T> | undefined = root;
      for (const token of capability.split('.')) {
        node = node.children?.get(token);
        if (!node) break;
        if (node.value !== undefined) found.unshift(node.value);
      }
      return found;
    },
  };
}
