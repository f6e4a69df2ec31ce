// The order in which packages are initialised (cmd/link/internal/ld/inittask.go).

import { RelocType, relocSize } from "#formats";
import { exitf } from "./errors.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { type Loader, Version } from "./loader.ts";

/** Makes the lists of inittasks that the runtime runs: its own, then the program's. */
export function makeInittasks(ctxt: Link): void {
  const ldr = ctxt.loader;
  ctxt.mainInittasks = schedule(ldr, "main..inittask", "go:main.inittasks");
  const header = ldr.lookup("runtime.runtime_inittasks", Version.ABI0);
  if (header === 0) return;
  const list = schedule(ldr, "runtime..inittask", "go:runtime.inittasks");
  // The runtime's list is a slice variable: point it at the list.
  ldr.clearData(header);
  ldr.kind[header] = Kind.SNOPTRDATA;
  ldr.addAddr(header, list, 0, RelocType.R_ADDR, 8);
  const n = ldr.size[list]! / 8;
  ldr.addUint(header, n, 8);
  ldr.addUint(header, n, 8);
}

/** The inittasks that root needs, each after those it depends on, by name where that leaves a choice; 0 if no root. */
function schedule(ldr: Loader, rootName: string, listName: string): number {
  const root = ldr.lookup(rootName, Version.ABI0);
  if (root === 0) return 0;
  const dependents = new Map<number, number[]>();
  const waiting = new Map<number, number>([[root, 0]]);
  const ready: number[] = [];
  const queue = [root];
  while (queue.length > 0) {
    const x = queue.pop()!;
    ldr.openRelocs(x);
    const v = ldr.rView;
    const o = ldr.rObject;
    let n = 0;
    for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
      if (v.getUint16(p + 5, true) !== RelocType.R_INITORDER) continue;
      n++;
      const s = ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
      const list = dependents.get(s);
      if (list === undefined) dependents.set(s, [x]);
      else list.push(x);
      if (!waiting.has(s)) {
        waiting.set(s, 0);
        queue.push(s);
      }
    }
    waiting.set(x, n);
    if (n === 0) ready.push(x);
  }
  const list = ldr.newExt(listName, Version.ABI0);
  ldr.kind[list] = Kind.SNOPTRDATA;
  while (ready.length > 0) {
    // Few are ready at a time: a search for the least name is as good as a heap.
    let least = 0;
    for (let i = 1; i < ready.length; i++) if (ldr.name(ready[i]!) < ldr.name(ready[least]!)) least = i;
    const s = ready[least]!;
    ready.splice(least, 1);
    // A task of 8 bytes has no function to run.
    if (ldr.size[s]! > 8) ldr.addAddr(list, s, 0, RelocType.R_ADDR, 8);
    for (const d of dependents.get(s) ?? []) {
      const n = waiting.get(d)! - 1;
      waiting.set(d, n);
      if (n === 0) ready.push(d);
    }
  }
  for (const [s, n] of waiting) if (n !== 0) exitf(`inittask for ${ldr.name(s)} is not schedulable ${n}`);
  return list;
}
