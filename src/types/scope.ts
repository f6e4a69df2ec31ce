// Scopes: names to objects, nested.
import type { Pos } from "#base";
import type { Obj } from "./objects.ts";

const noElems: ReadonlyMap<string, Obj> = new Map();
const noChildren: readonly Scope[] = [];

export class Scope {
  declare readonly parent: Scope | null;
  /** Extent in the source; 0 where there is none. */
  declare pos: Pos;
  declare end: Pos;
  declare readonly comment: string;
  /** The scope of a function: parameters and body. */
  declare isFunc: boolean;
  /** Number of the function, if it is one: see Var.funcId. */
  declare funcId: number;
  // Most scopes are empty and have no scopes in them: the maps and lists are made when needed.
  private declare map: Map<string, Obj> | null;
  private declare list: Scope[] | null;

  constructor(parent: Scope | null, pos: Pos, end: Pos, comment: string) {
    this.parent = parent;
    this.pos = pos;
    this.end = end;
    this.comment = comment;
    this.isFunc = false;
    this.funcId = 0;
    this.map = null;
    this.list = null;
    // The universe does not know the packages in it.
    if (parent !== null && parent.parent !== null) {
      if (parent.list === null) parent.list = [this];
      else parent.list.push(this);
    }
  }

  /** What is declared here, in order of declaration. */
  get elems(): ReadonlyMap<string, Obj> {
    return this.map ?? noElems;
  }

  get children(): readonly Scope[] {
    return this.list ?? noChildren;
  }

  lookup(name: string): Obj | undefined {
    return this.map === null ? undefined : this.map.get(name);
  }

  /** Declares obj; if its name is taken already, returns who has it. */
  insert(obj: Obj): Obj | undefined {
    if (this.map === null) this.map = new Map();
    else {
      const alt = this.map.get(obj.name);
      if (alt !== undefined) return alt;
    }
    this.map.set(obj.name, obj);
    if (obj.parent === null) obj.parent = this;
    return undefined;
  }

  /** Lets name stand for obj, which belongs to another scope. */
  alias(name: string, obj: Obj): void {
    this.map ??= new Map();
    this.map.set(name, obj);
  }

  remove(name: string): void {
    this.map?.delete(name);
  }

  /** All names, sorted. */
  names(): string[] {
    return [...this.elems.keys()].sort();
  }

  /** Looks a name up here and in the scopes around, as seen from pos (0: from anywhere). */
  lookupParent(name: string, pos: Pos): Obj | undefined {
    for (let s: Scope | null = this; s !== null; s = s.parent) {
      const obj = s.lookup(name);
      if (obj !== undefined && (pos === 0 || obj.scopePos <= pos)) return obj;
    }
    return undefined;
  }
}
