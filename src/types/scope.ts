// Scopes: names to objects, nested.
import type { Pos } from "#base";
import type { Obj } from "./objects.ts";

export class Scope {
  readonly elems: Map<string, Obj> = new Map();
  readonly children: Scope[] = [];
  /** The scope of a function: parameters and body. */
  isFunc = false;
  /** Number of the function, if it is one: see Var.funcId. */
  funcId = 0;
  constructor(
    readonly parent: Scope | null,
    /** Extent in the source; 0 where there is none. */
    public pos: Pos,
    public end: Pos,
    readonly comment: string,
  ) {
    if (parent !== null && parent.parent !== null) parent.children.push(this);
  }

  lookup(name: string): Obj | undefined {
    return this.elems.get(name);
  }

  /** Declares obj; if its name is taken already, returns who has it. */
  insert(obj: Obj): Obj | undefined {
    const alt = this.elems.get(obj.name);
    if (alt !== undefined) return alt;
    this.elems.set(obj.name, obj);
    if (obj.parent === null) obj.parent = this;
    return undefined;
  }

  /** All names, sorted. */
  names(): string[] {
    return [...this.elems.keys()].sort();
  }

  /** Looks a name up here and in the scopes around, as seen from pos (0: from anywhere). */
  lookupParent(name: string, pos: Pos): Obj | undefined {
    for (let s: Scope | null = this; s !== null; s = s.parent) {
      const obj = s.elems.get(name);
      if (obj !== undefined && (pos === 0 || obj.scopePos <= pos)) return obj;
    }
    return undefined;
  }
}
