import { CallInfo, type Func, Local, LocalKind } from "../core/index.ts";
import type { StackSlot } from "../regalloc/index.ts";

/** The frame of a function: offsets are in Local.offset and StackSlot.offset. */
export interface Frame {
  /** Bytes of locals and outgoing arguments, without saved BP and return address; a multiple of 8. */
  readonly size: number;
  /** How many of them are for the arguments of calls. */
  readonly outgoing: number;
  /** Bytes below the saved BP that hold all variables with pointers: what the locals bitmap covers. A multiple of 8. */
  readonly pointerBytes: number;
  /** Variables with a place in the own frame that the code mentions. */
  readonly locals: readonly Local[];
}

/** No frame and no list of arguments may be larger (cmd/compile/internal/ssagen: maxStackSize). */
const maxStackSize = 2 ** 30;

/** What is wrong with the size of a frame, in gc's words; null if nothing is. args: bytes of the function's own arguments. */
export function frameSizeError(frame: Frame, args: number): string | null {
  const locals = frame.size - frame.outgoing;
  if (frame.size < maxStackSize && args < maxStackSize) return null;
  const mb = (n: number): number => Math.floor(n / 2 ** 20);
  const text = `stack frame too large (>1GB): ${mb(locals)} MB locals + ${mb(args)} MB args`;
  return locals >= maxStackSize || args >= maxStackSize ? text : `${text} + ${mb(frame.outgoing)} MB callee`;
}

/** Whether a variable is in the function's own frame (the others are in the caller's: parameters, results on the stack). */
export function inOwnFrame(l: Local): boolean {
  return l.kind === LocalKind.Auto || (l.kind === LocalKind.Result && l.regs.length > 0);
}

const alignDown = (n: number, a: number): number => Math.floor(n / a) * a;
const alignUp = (n: number, a: number): number => Math.ceil(n / a) * a;

/**
 * Lays out the frame: variables and slots that hold pointers next to the saved BP, where the locals bitmap of the garbage
 * collector reaches them, the others below, outgoing arguments at the stack pointer.
 */
export function layoutFrame(f: Func, slots: readonly StackSlot[]): Frame {
  const seen = new Set<Local>();
  let outgoing = 0;
  for (const b of f.blocks) {
    for (const v of b.values) {
      const x = v.aux;
      if (x instanceof Local) {
        if (inOwnFrame(x)) seen.add(x);
      } else if (x instanceof CallInfo) {
        outgoing = Math.max(outgoing, x.argBytes);
      }
    }
  }
  // Functions with defer return what these hold, whether the code mentions them or not.
  if (f.usesDeferReturn) {
    for (const l of f.results) if (inOwnFrame(l)) seen.add(l);
    for (const l of f.autos) if (l.liveAtDefer) seen.add(l);
  }
  const locals = [...seen];
  // The order of mention is the order of blocks, which is deterministic; larger ones lie deeper.
  const pointers = locals.filter((l) => l.type.hasPointers).sort((x, y) => x.type.size - y.type.size);
  const others = locals.filter((l) => !l.type.hasPointers).sort((x, y) => x.type.size - y.type.size);
  let at = 0;
  const place = (size: number, align: number): number => {
    // Of size 0: one byte, so that no address is that of a neighbour.
    at = alignDown(at - Math.max(size, 1), Math.min(align, 8));
    return at;
  };
  for (const s of slots) if (s.param === null && s.pointer) s.offset = place(s.size, 8);
  for (const l of pointers) l.offset = place(l.type.size, Math.max(l.type.align, 1));
  const pointerBytes = alignUp(-at, 8);
  at = -pointerBytes;
  for (const s of slots) if (s.param === null && !s.pointer) s.offset = place(s.size, 8);
  for (const l of others) l.offset = place(l.type.size, Math.max(l.type.align, 1));
  return { size: alignUp(-at, 8) + alignUp(outgoing, 8), outgoing: alignUp(outgoing, 8), pointerBytes, locals };
}
