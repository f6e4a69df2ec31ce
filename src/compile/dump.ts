import type { PosTable } from "#base";
import { type Func, funcString } from "#ssa";

/** What -dump asks for: a stage, and of which functions and after which passes. */
interface Request {
  readonly stage: string;
  /** "" for all. */
  readonly func: string;
  readonly pass: string;
}

/**
 * Dumps of SSA: `-dump=ssa` everything, `-dump=ssa:main.f` one function after each pass, `-dump=ssa:main.f:lower` after one
 * pass. Passes are named in src/ssa/passes.ts; `build` is what the tree became, `go` is after inlining and escape analysis.
 */
export class Dumps {
  private readonly requests: readonly Request[];

  constructor(
    flags: readonly string[],
    private readonly print: (text: string) => void,
    private readonly positions: PosTable,
  ) {
    this.requests = flags.map((f) => {
      const [stage, ...rest] = f.split(":");
      // Link names contain no colon but type:.eq.T and its like.
      const pass = rest.length > 1 ? rest.pop()! : "";
      return { stage: stage!, func: rest.join(":"), pass };
    });
  }

  get active(): boolean {
    return this.requests.length > 0;
  }

  /** Shows f after a pass, if asked for. */
  ssa(f: Func, pass: string): void {
    for (const r of this.requests) {
      if (r.stage === "ssa" && (r.func === "" || r.func === f.name) && (r.pass === "" || r.pass === pass)) {
        this.print(`# after ${pass}\n${funcString(f, this.positions)}\n`);
        return;
      }
    }
  }
}
