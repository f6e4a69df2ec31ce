// The way of a function through the compiler's middle: a list of passes, each with its reason, and the rules of their order.
import { InternalError } from "#base";
import { lowerABI } from "./abi/calls.ts";
import { combine } from "./amd64/combine.ts";
import { lower } from "./amd64/lower.ts";
import type { Context } from "./context.ts";
import { checkFunc, type Func, fuse } from "./core/index.ts";
import { expand } from "./expand/expand.ts";
import { writeBarriers } from "./expand/writebarrier.ts";
import { copyelim } from "./generic/copyelim.ts";
import { deadcode } from "./generic/deadcode.ts";
import { cse } from "./generic/cse.ts";
import { divideByConstants } from "./generic/divide.ts";
import { nilcheck } from "./generic/nilcheck.ts";
import { likely } from "./generic/likely.ts";
import { deadStores, forwardLoads } from "./generic/memory.ts";
import { prove } from "./generic/prove.ts";
import { stackVariables } from "./generic/autos.ts";
import { smallEqual } from "./generic/memequal.ts";
import { memcombine } from "./generic/memcombine.ts";
import { opt } from "./generic/opt.ts";
import { shortcircuit } from "./generic/shortcircuit.ts";
import { orderValues } from "./generic/order.ts";
import { decompose } from "./generic/decompose.ts";
import { lowerDerefs } from "./generic/derefs.ts";
import { checkLowered } from "./amd64/checklowered.ts";

/** One step: it changes the function in place. */
export interface Pass {
  readonly name: string;
  readonly why: string;
  readonly run: (f: Func, cx: Context) => void;
  /** Left out with -N. */
  readonly optional?: boolean;
}

/** From Go-level SSA (escape analysis done) to machine operations; register allocation and emission follow. */
export const passes: readonly Pass[] = [
  { name: "deadcode", why: "what cannot be reached needs no expansion", run: deadcode },
  {
    name: "order",
    why: "passes on Go-level SSA append what they make; from here on lists are orders of execution",
    run: orderValues,
  },
  { name: "fuse", why: "inlining split blocks", run: fuse, optional: true },
  { name: "expand", why: "Go's operations become memory operations and runtime calls", run: expand },
  { name: "abi", why: "calls, arguments and results are taken apart while their values are whole", run: lowerABI },
  { name: "derefs", why: "large values become moves; calls have their final memory order now", run: lowerDerefs },
  { name: "copyelim", why: "what composites are made of comes to light", run: copyelim },
  { name: "decompose", why: "only scalars from here on", run: decompose },
  { name: "copyelim2", why: "parts were selected by copies", run: copyelim },
  { name: "opt", why: "constants and algebra, before equal values are looked for", run: opt },
  { name: "loads", why: "values that were only parked in memory", run: forwardLoads, optional: true },
  { name: "cse", why: "one computation of each value; checks see the same index", run: cse, optional: true },
  {
    name: "shortcircuit",
    why: "equal conditions are one value, so what a bool is on the way to its branch can be seen",
    run: shortcircuit,
    optional: true,
  },
  { name: "nilcheck", why: "equal pointers are one value now", run: nilcheck, optional: true },
  {
    name: "prove",
    why: "indices and lengths are single values, their checks not yet spread",
    run: prove,
    optional: true,
  },
  { name: "memequal", why: "sizes are constants where checks of slicing have gone", run: smallEqual, optional: true },
  { name: "divide", why: "divisors are known constants now", run: divideByConstants, optional: true },
  { name: "opt2", why: "what division and checks left", run: opt, optional: true },
  { name: "cse2", why: "reciprocals and quotients of equal divisions", run: cse, optional: true },
  {
    name: "autos",
    why: "loads have the values that were stored; no barrier for what nobody reads",
    run: stackVariables,
    optional: true,
  },
  {
    name: "memcombine",
    why: "checks are gone from between loads and stores of neighbours",
    run: memcombine,
    optional: true,
  },
  { name: "deadstores", why: "before barriers hide the stores behind branches", run: deadStores, optional: true },
  { name: "likely", why: "while branches that end in panics are told from others", run: likely, optional: true },
  { name: "fuse2", why: "loads are combined with users in their block only", run: fuse, optional: true },
  { name: "deadcode2", why: "no barrier for what is not stored", run: deadcode },
  {
    name: "writebarrier",
    why: "each pointer is stored by itself now, and no store is going to be removed",
    run: writeBarriers,
  },
  { name: "lower", why: "operations become the machine's", run: lower },
  { name: "combine", why: "immediates, addressing modes and operands in memory", run: combine },
  {
    name: "checklowered",
    why: "an operation that nothing lowered is found here, not in the encoder",
    run: checkLowered,
  },
];

/** Pairs that must come in this order, and why. */
const order: readonly (readonly [string, string, string])[] = [
  ["order", "expand", "expansion splits blocks where a value stands"],
  ["expand", "abi", "expansion makes calls"],
  ["abi", "derefs", "stack arguments and results are stores and reads of large values"],
  ["derefs", "decompose", "decompose knows no large values"],
  ["abi", "decompose", "calls pass composites until they are taken apart"],
  ["decompose", "writebarrier", "barriers are for words"],
  ["deadstores", "writebarrier", "barriers are not made for stores that go"],
  ["prove", "lower", "it knows operations above the machine only"],
  ["writebarrier", "lower", "barriers are made of loads and stores"],
  ["decompose", "lower", "the machine has scalars only"],
];

function checkOrder(): void {
  const at = (name: string): number => {
    const i = passes.findIndex((p) => p.name === name);
    if (i < 0) throw new InternalError("ssa", "passes", `no pass ${name}`);
    return i;
  };
  for (const [first, second, why] of order) {
    if (at(first) >= at(second))
      throw new InternalError("ssa", "passes", `${first} must come before ${second}: ${why}`);
  }
}
checkOrder();

/** How to run the passes. */
export interface PassOptions {
  /** Check invariants after each pass. */
  readonly check?: boolean;
  /** Called after each pass; for dumps and timing. */
  readonly after?: (f: Func, pass: string, milliseconds: number) => void;
  /** Clock for timing, in milliseconds. */
  readonly now?: () => number;
  /** false: leave out the optional passes (-N). */
  readonly optimize?: boolean;
}

/** Runs all passes on one function. */
export function runPasses(f: Func, cx: Context, options: PassOptions = {}): void {
  for (const p of passes) {
    if (p.optional === true && options.optimize === false) continue;
    const start = options.now === undefined ? 0 : options.now();
    try {
      p.run(f, cx);
    } catch (e) {
      if (e instanceof InternalError) throw e;
      throw new InternalError(`ssa/${p.name}`, f.name, e instanceof Error ? e.message : String(e), { cause: e });
    }
    f.phase = p.name;
    if (options.check === true) checkFunc(f, p.name);
    options.after?.(f, p.name, options.now === undefined ? 0 : options.now() - start);
  }
}
