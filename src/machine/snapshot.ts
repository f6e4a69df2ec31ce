// The state of the whole machine: kept, brought back, hashed. Objects keep their identity: a snapshot notes what every
// kernel object held, and restoring writes it back, so that whoever points at a process or a thread still points at it.

import { Kernel } from "./kernel/kernel.ts";
import { Mount } from "./kernel/vfs.ts";
import { Frames } from "./mem/frames.ts";
import { AddressSpace, type SpaceImage } from "./mem/space.ts";

type Held = unknown[] | [unknown, unknown][] | Uint8Array | Record<string, unknown>;

/** A moment of the machine, to come back to. */
export class Snapshot {
  constructor(
    /** Instructions that had run. */
    readonly instructions: number,
    readonly objects: readonly (readonly [object, Held])[],
    readonly spaces: readonly (readonly [AddressSpace, SpaceImage])[],
    private readonly frames: Frames,
  ) {}

  /** Gives up the pages that the snapshot holds. */
  free(): void {
    for (const [, image] of this.spaces) AddressSpace.free(this.frames, image);
  }
}

function external(o: object): boolean {
  return o instanceof Kernel || o instanceof Frames || o instanceof Mount;
}

/** Visits every object of the kernel's state once, in an order that depends on the state alone. */
function walk(root: object, visit: (o: object) => readonly unknown[]): void {
  const seen = new Set<object>();
  const stack: object[] = [root];
  seen.add(root);
  while (stack.length > 0) {
    const children = visit(stack.pop() as object);
    for (const c of children) {
      if (typeof c !== "object" || c === null || seen.has(c) || external(c)) continue;
      seen.add(c);
      stack.push(c);
    }
  }
}

export function takeSnapshot(k: Kernel): Snapshot {
  k.unload();
  const objects: [object, Held][] = [];
  const spaces: [AddressSpace, SpaceImage][] = [];
  walk(k.state, (o) => {
    if (o instanceof AddressSpace) {
      spaces.push([o, o.snapshot()]);
      return [];
    }
    if (o instanceof Uint8Array) {
      objects.push([o, o.slice()]);
      return [];
    }
    if (Array.isArray(o)) {
      const copy = o.slice();
      objects.push([o, copy]);
      return copy;
    }
    if (o instanceof Map) {
      const entries = [...o] as [unknown, unknown][];
      objects.push([o, entries]);
      return entries.flat();
    }
    if (o instanceof Set) {
      const items = [...o] as unknown[];
      objects.push([o, items]);
      return items;
    }
    const fields = { ...o } as Record<string, unknown>;
    objects.push([o, fields]);
    return Object.values(fields);
  });
  return new Snapshot(k.state.instructions, objects, spaces, k.frames);
}

export function restoreGraph(k: Kernel, s: Snapshot): void {
  k.forget();
  for (const [o, held] of s.objects) {
    if (o instanceof Uint8Array) o.set(held as Uint8Array);
    else if (Array.isArray(o)) {
      o.length = 0;
      for (const x of held as unknown[]) o.push(x);
    } else if (o instanceof Map) {
      o.clear();
      for (const [key, value] of held as [unknown, unknown][]) o.set(key, value);
    } else if (o instanceof Set) {
      o.clear();
      for (const x of held as unknown[]) o.add(x);
    } else Object.assign(o, held);
  }
  for (const [space, image] of s.spaces) space.restore(image);
}

/** Two 32-bit lanes of multiply-and-rotate: enough to tell states apart, fast enough for every page. */
class Mixer {
  private a = 0x9e3779b9;
  private b = 0x85ebca6b;

  word(v: number): void {
    this.a = Math.imul(this.a ^ v, 0xcc9e2d51);
    this.a = (this.a << 15) | (this.a >>> 17);
    this.b = Math.imul(this.b ^ this.a ^ v, 0x1b873593);
    this.b = (this.b << 13) | (this.b >>> 19);
  }

  number(v: number): void {
    if (Number.isInteger(v)) {
      this.word(v | 0);
      this.word(Math.floor(v / 4294967296) | 0);
    } else this.text(String(v));
  }

  text(s: string): void {
    this.word(s.length);
    for (let i = 0; i < s.length; i++) this.word(s.charCodeAt(i));
  }

  bytes(b: Uint8Array): void {
    this.word(b.length);
    for (let i = 0; i < b.length; i++) this.word(b[i] as number);
  }

  words(w: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.word(w[i] as number);
  }

  toString(): string {
    return (this.a >>> 0).toString(16).padStart(8, "0") + (this.b >>> 0).toString(16).padStart(8, "0");
  }
}

export function hashState(k: Kernel): string {
  k.unload();
  const m = new Mixer();
  const ids = new Map<object, number>();
  const put = (x: unknown): void => {
    switch (typeof x) {
      case "number":
        m.number(x);
        break;
      case "string":
        m.text(x);
        break;
      case "boolean":
        m.word(x ? 1 : 2);
        break;
      case "bigint":
        m.text(x.toString(16));
        break;
      case "object":
        if (x === null || external(x)) m.word(3);
        else {
          let id = ids.get(x);
          if (id === undefined) {
            id = ids.size;
            ids.set(x, id);
          }
          m.word(id);
        }
        break;
      default:
        m.word(4);
    }
  };
  walk(k.state, (o) => {
    if (o instanceof AddressSpace) {
      for (const r of o.list()) {
        m.number(r.start);
        m.number(r.end);
        m.word(r.prot);
      }
      const pages = [...o.resident()].sort((a, b) => a[0] - b[0]);
      for (const [page, frame] of pages) {
        m.number(page);
        m.words(k.frames.i32, frame * 1024, frame * 1024 + 1024);
      }
      return [];
    }
    if (o instanceof Uint8Array) {
      m.bytes(o);
      return [];
    }
    let children: unknown[];
    if (Array.isArray(o)) children = o.slice();
    else if (o instanceof Map) children = ([...o] as [unknown, unknown][]).flat();
    else if (o instanceof Set) children = [...o] as unknown[];
    else children = Object.values(o);
    for (const c of children) put(c);
    return children;
  });
  return m.toString();
}
