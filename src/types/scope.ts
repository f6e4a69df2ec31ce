// Scopes: names to objects, nested.
import type { Pos } from "#base";
import type { Obj } from "./objects.ts";

const noElems: ReadonlyMap<string, Obj> = new Map();
const noObjects: readonly Obj[] = [];
/** A scope with more names than this has a map. */
const fewNames = 8;
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
  // Most scopes are empty or have a name or two, and no scopes in them: maps and lists are made when needed. What a name stands
  // for is either in the map or, in order of declaration, in these two, which are as long as each other.
  private declare map: Map<string, Obj> | null;
  private declare keys: string[] | null;
  private declare objects: Obj[] | null;
  private declare list: Scope[] | null;

  constructor(parent: Scope | null, pos: Pos, end: Pos, comment: string) {
    this.parent = parent;
    this.pos = pos;
    this.end = end;
    this.comment = comment;
    this.isFunc = false;
    this.funcId = 0;
    this.map = null;
    this.keys = null;
    this.objects = null;
    this.list = null;
    // The universe does not know the packages in it.
    if (parent !== null && parent.parent !== null) {
      if (parent.list === null) parent.list = [this];
      else parent.list.push(this);
    }
  }

  /** What is declared here, in order of declaration. */
  get elems(): ReadonlyMap<string, Obj> {
    return this.map === null && this.keys === null ? noElems : this.toMap();
  }

  /** The objects declared here, in order of declaration. */
  values(): Iterable<Obj> {
    return this.map !== null ? this.map.values() : (this.objects ?? noObjects);
  }

  get children(): readonly Scope[] {
    return this.list ?? noChildren;
  }

  lookup(name: string): Obj | undefined {
    const keys = this.keys;
    if (keys !== null) {
      for (let i = 0; i < keys.length; i++) if (keys[i] === name) return this.objects![i];
      return undefined;
    }
    return this.map === null ? undefined : this.map.get(name);
  }

  /** Declares obj; if its name is taken already, returns who has it. */
  insert(obj: Obj): Obj | undefined {
    const alt = this.lookup(obj.name);
    if (alt !== undefined) return alt;
    this.add(obj.name, obj);
    if (obj.parent === null) obj.parent = this;
    return undefined;
  }

  /** Lets name stand for obj, which belongs to another scope. */
  alias(name: string, obj: Obj): void {
    if (this.lookup(name) === undefined) this.add(name, obj);
    else this.toMap().set(name, obj);
  }

  remove(name: string): void {
    if (this.lookup(name) !== undefined) this.toMap().delete(name);
  }

  /** A name that is not there yet. */
  private add(name: string, obj: Obj): void {
    if (this.map !== null) this.map.set(name, obj);
    else if (this.keys === null) {
      this.keys = [name];
      this.objects = [obj];
    } else if (this.keys.length === fewNames) this.toMap().set(name, obj);
    else {
      this.keys.push(name);
      this.objects!.push(obj);
    }
  }

  private toMap(): Map<string, Obj> {
    let map = this.map;
    if (map === null) {
      map = new Map();
      this.map = map;
      if (this.keys !== null) for (let i = 0; i < this.keys.length; i++) map.set(this.keys[i]!, this.objects![i]!);
      this.keys = null;
      this.objects = null;
    }
    return map;
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
