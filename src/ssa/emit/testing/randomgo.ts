// Random functions on numbers, as Go text and as Go-level SSA: what gc makes of the one must compute the same as the other.
import { Random } from "../../regalloc/testing/random.ts";

const ints = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const;
type Num = (typeof ints)[number] | "float64" | "float32" | "bool";

interface Var {
  readonly name: string;
  readonly type: Num;
}

/** One function: fn(a0 int64, a1 int64, a2 uint64, a3 int32, f0 float64) uint64. */
export class RandomGo {
  private readonly go: string[] = [];
  private readonly ssa: string[] = [];
  private next = 100;
  private block = 1;
  private vars: Var[] = [];
  private readonly rnd: Random;
  /** Current values in SSA of the Go variables. */
  private value = new Map<string, string>();
  private readonly mem = "v1";

  constructor(
    readonly name: string,
    seed: number,
  ) {
    this.rnd = new Random(seed);
  }

  generate(size: number): { go: string; ssa: string } {
    const params: [string, Num][] = [
      ["a0", "int64"],
      ["a1", "int64"],
      ["a2", "uint64"],
      ["a3", "int32"],
      ["f0", "float64"],
    ];
    this.ssa.push(`func main.${this.name}`);
    for (const [n, t] of params) this.ssa.push(`  param ${n} <${t}>`);
    this.ssa.push("  result r <uint64>", "b1: entry", "  v1 = InitMem <mem>");
    params.forEach(([n, t], i) => {
      const v = this.id();
      this.ssa.push(`  ${v} = Arg <${t}>${i > 0 ? ` [${i}]` : ""} {${n}}`);
      this.vars.push({ name: n, type: t });
      this.value.set(n, v);
    });
    this.statements(size, 0);
    // Everything goes into the result.
    let sum = this.constant("uint64", 17);
    let text = "uint64(17)";
    for (const x of this.vars) {
      if (x.type === "bool") continue;
      const v = this.value.get(x.name)!;
      let w: string;
      let e: string;
      if (x.type === "float64" || x.type === "float32") {
        const f = x.type === "float64" ? v : this.op("Convert", "float64", v);
        w = this.op("Bitcast", "uint64", f);
        e = `math.Float64bits(float64(${x.name}))`;
      } else {
        w = x.type === "uint64" ? v : this.op("Convert", "uint64", v);
        e = `uint64(${x.name})`;
      }
      sum = this.op("Xor", "uint64", this.op("Mul", "uint64", sum, this.constant("uint64", 31)), w);
      text = `(${text})*31 ^ ${e}`;
    }
    const r = this.id();
    this.ssa.push(`  ${r} = MakeResult <void> ${sum} ${this.mem}`, `  Ret ${r}`);
    const body = this.go.map((l) => `\t${l}\n`).join("");
    const used = this.vars.map((x) => `_ = ${x.name}; `).join("");
    const list = params.map(([n, t]) => `${n} ${t}`).join(", ");
    return {
      go: `func g${this.name}(${list}) uint64 {\n${body}\t${used}\n\treturn ${text}\n}\n`,
      ssa: `${this.ssa.join("\n")}\n`,
    };
  }

  private id(): string {
    return `v${this.next++}`;
  }

  private op(op: string, type: Num, ...args: string[]): string {
    const v = this.id();
    this.ssa.push(`  ${v} = ${op} <${type}> ${args.join(" ")}`);
    return v;
  }

  private constant(type: Num, n: number): string {
    const v = this.id();
    if (type === "float64" || type === "float32") this.ssa.push(`  ${v} = ConstFloat <${type}> [${n}]`);
    else this.ssa.push(`  ${v} = ConstInt <${type}> [${n}]`);
    return v;
  }

  private pick(ok: (x: Var) => boolean): Var | null {
    const c = this.vars.filter(ok);
    return c.length === 0 ? null : c[this.rnd.next(c.length)]!;
  }

  private define(type: Num, v: string, text: string): void {
    const name = `x${this.next++}`;
    this.go.push(`${name} := ${text}`);
    this.vars.push({ name, type });
    this.value.set(name, v);
  }

  private val(x: Var): string {
    return this.value.get(x.name)!;
  }

  private statements(n: number, depth: number): void {
    for (let i = 0; i < n; i++) {
      const k = this.rnd.next(depth < 2 ? 12 : 9);
      if (k === 9) this.branch(depth);
      else if (k === 10) this.loop(depth);
      else this.assign();
    }
  }

  private assign(): void {
    const { rnd } = this;
    if (rnd.next(6) === 0) {
      this.floats();
      return;
    }
    let x = this.pick((v) => v.type !== "bool" && !v.type.startsWith("float"))!;
    if (rnd.next(3) === 0) {
      const t = ints[rnd.next(ints.length)]!;
      if (t !== x.type) {
        this.define(t, this.op("Convert", t, this.val(x)), `${t}(${x.name})`);
        x = this.vars[this.vars.length - 1]!;
      }
    }
    const t = x.type;
    let y = this.pick((v) => v.type === t)!;
    if (rnd.next(4) === 0) {
      const unsigned = t.startsWith("u");
      const c = [1, 2, 3, 7, 8, 10, 100, 127, unsigned ? 5 : -1, unsigned ? 64 : -7][rnd.next(10)]!;
      const v = this.constant(t, c);
      const name = `x${this.next++}`;
      this.go.push(`const ${name} = ${t}(${c})`);
      y = { name, type: t };
      this.value.set(name, v);
    }
    const a = this.val(x);
    const b = this.val(y);
    const X = x.name;
    const Y = y.name;
    switch (rnd.next(14)) {
      case 0:
        this.define(t, this.op("Add", t, a, b), `${X} + ${Y}`);
        return;
      case 1:
        this.define(t, this.op("Sub", t, a, b), `${X} - ${Y}`);
        return;
      case 2:
        this.define(t, this.op("Mul", t, a, b), `${X} * ${Y}`);
        return;
      case 3:
        this.define(t, this.op("And", t, a, b), `${X} & ${Y}`);
        return;
      case 4:
        this.define(t, this.op("Or", t, a, b), `${X} | ${Y}`);
        return;
      case 5:
        this.define(t, this.op("Xor", t, a, b), `${X} ^ ${Y}`);
        return;
      case 6:
      case 7: {
        const d = this.op("Or", t, b, this.constant(t, 1));
        const div = rnd.next(2) === 0;
        this.define(t, this.op(div ? "Div" : "Mod", t, a, d), `${X} ${div ? "/" : "%"} (${Y} | 1)`);
        return;
      }
      case 8:
      case 9: {
        const s = this.pick((v) => v.type === "uint64" || v.type === "uint8" || v.type === "uint32");
        if (s === null) return;
        const left = rnd.next(2) === 0;
        let count = this.val(s);
        let e = s.name;
        if (rnd.next(2) === 0) {
          count = this.op("And", s.type, count, this.constant(s.type, 15));
          e = `(${e} & 15)`;
        }
        this.define(t, this.op(left ? "Shl" : "Shr", t, a, count), `${X} ${left ? "<<" : ">>"} ${e}`);
        return;
      }
      case 10: {
        const cmp = this.compare(x, y);
        const z = this.pick((v) => v.type === t)!;
        this.define(t, this.op("Select", t, cmp.v, a, this.val(z)), X);
        this.go.push(`if !(${cmp.text}) { ${this.vars[this.vars.length - 1]!.name} = ${z.name} }`);
        return;
      }
      case 11:
        this.define(t, this.op("Neg", t, a), `-${X}`);
        return;
      case 12:
        this.define(t, this.op("Com", t, a), `^${X}`);
        return;
      default:
        this.define(t, this.op("AndNot", t, a, b), `${X} &^ ${Y}`);
    }
  }

  private floats(): void {
    const { rnd } = this;
    const t = rnd.next(3) === 0 ? "float32" : "float64";
    const x = this.pick((v) => v.type === t);
    const y = this.pick((v) => v.type === t);
    if (x === null || y === null || rnd.next(4) === 0) {
      const i = this.pick(
        (v) =>
          v.type === "int64" ||
          v.type === "int32" ||
          v.type === "uint64" ||
          v.type === "uint32" ||
          v.type === "float64",
      )!;
      if (i.type === t) return;
      this.define(t, this.op("Convert", t, this.val(i)), `${t}(${i.name})`);
      return;
    }
    const k = rnd.next(3);
    const op = ["Add", "Sub", "Mul"][k]!;
    this.define(t, this.op(op, t, this.val(x), this.val(y)), `${t}(${x.name} ${"+-*"[k]} ${y.name})`);
  }

  private compare(x: Var, y: Var): { v: string; text: string } {
    const k = this.rnd.next(6);
    const a = this.val(x);
    const b = this.val(y);
    const text = `${x.name} ${["==", "!=", "<", "<=", ">", ">="][k]} ${y.name}`;
    const op = ["Eq", "Ne", "Lt", "Le", "Lt", "Le"][k]!;
    return { v: k > 3 ? this.op(op, "bool", b, a) : this.op(op, "bool", a, b), text };
  }

  private condition(): { v: string; text: string } {
    const x = this.pick((v) => v.type !== "bool")!;
    return this.compare(x, this.pick((v) => v.type === x.type)!);
  }

  /** Variables that a branch or loop may change. */
  private mutable(): Var[] {
    const out: Var[] = [];
    for (let n = 1 + this.rnd.next(4); n > 0; n--) {
      const x = this.pick((v) => v.type !== "bool" && !out.includes(v));
      if (x !== null) out.push(x);
    }
    return out;
  }

  private here(): string {
    return `b${this.block}`;
  }

  /** Statements in a scope of their own, which then set the variables given. */
  private scope(targets: readonly Var[], depth: number): Map<string, string> {
    const outer = this.vars;
    const before = new Map(this.value);
    this.vars = outer.slice();
    this.statements(1 + this.rnd.next(4), depth + 1);
    const after = new Map<string, string>();
    for (const t of targets) {
      const s = this.pick((v) => v.type === t.type)!;
      this.go.push(`${t.name} = ${s.name}`);
      this.value.set(t.name, this.val(s));
    }
    for (const v of outer) this.go.push(`_ = ${v.name}`);
    for (const v of this.vars) if (!outer.includes(v)) this.go.push(`_ = ${v.name}`);
    for (const t of outer) after.set(t.name, this.value.get(t.name)!);
    this.vars = outer;
    this.value = before;
    return after;
  }

  private branch(depth: number): void {
    const c = this.condition();
    const targets = this.mutable();
    const from = this.here();
    const yes = `b${++this.top}`;
    const no = `b${++this.top}`;
    const join = `b${++this.top}`;
    this.ssa.push(`  If ${c.v} -> ${yes} ${no}`, `${yes}: <- ${from}`);
    this.block = Number(yes.slice(1));
    this.go.push(`if ${c.text} {`);
    const a = this.scope(targets, depth);
    const yesEnd = this.here();
    this.ssa.push(`  Plain -> ${join}`, `${no}: <- ${from}`);
    this.block = Number(no.slice(1));
    this.go.push("} else {");
    const b = this.scope(targets, depth);
    const noEnd = this.here();
    this.ssa.push(`  Plain -> ${join}`, `${join}: <- ${yesEnd} ${noEnd}`);
    this.block = Number(join.slice(1));
    this.go.push("}");
    for (const x of this.vars) {
      const p = a.get(x.name)!;
      const q = b.get(x.name)!;
      this.value.set(x.name, p === q ? p : this.op("Phi", x.type, p, q));
    }
  }

  private top = 1;

  private loop(depth: number): void {
    const targets = this.mutable();
    const from = this.here();
    const head = `b${++this.top}`;
    const body = `b${++this.top}`;
    const exit = `b${++this.top}`;
    const i = `i${this.next++}`;
    const zero = this.constant("int64", 0);
    const limit = this.constant("int64", 1 + this.rnd.next(9));
    const one = this.constant("int64", 1);
    this.ssa.push(`  Plain -> ${head}`);
    const at = this.ssa.length;
    this.ssa.push("");
    this.block = Number(head.slice(1));
    const phis = new Map<string, string>();
    const before = new Map<string, string>();
    // Any variable may change in the body.
    for (const x of this.vars) {
      before.set(x.name, this.value.get(x.name)!);
      const v = this.id();
      phis.set(x.name, v);
      this.value.set(x.name, v);
    }
    const iv = this.id();
    const lines = this.ssa.length;
    const c = this.op("Lt", "bool", iv, limit);
    this.ssa.push(`  If ${c} -> ${body} ${exit}`, `${body}: <- ${head}`);
    this.block = Number(body.slice(1));
    const n = this.ssa.find((l) => l.includes(`${limit} =`))!.match(/\[(\d+)\]/)![1]!;
    this.go.push(`for ${i} := int64(0); ${i} < ${n}; ${i}++ {`);
    this.value.set(i, iv);
    const saved = this.vars;
    const after = this.scope(targets, depth);
    this.vars = saved;
    const end = this.here();
    const inc = this.op("Add", "int64", iv, one);
    this.ssa.push(`  Plain -> ${head}`, `${exit}: <- ${head}`);
    this.go.push("}");
    this.block = Number(exit.slice(1));
    this.ssa[at] = `${head}: <- ${from} ${end}`;
    const made = this.vars.map(
      (x) => `  ${phis.get(x.name)} = Phi <${x.type}> ${before.get(x.name)} ${after.get(x.name)}`,
    );
    made.push(`  ${iv} = Phi <int64> ${zero} ${inc}`);
    this.ssa.splice(lines, 0, ...made);
  }
}
