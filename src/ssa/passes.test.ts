import { join } from "node:path";
import { goldenTests } from "../base/testing/golden.ts";
import { checkFunc, funcString } from "./core/index.ts";
import { passes, runPasses } from "./passes.ts";
import { TestCompilation } from "./testing/text.ts";

/** Each file of testdata holds a function in text form and views of it: the text after a pass. */
function after(input: ReadonlyMap<string, string>, pass: string): string {
  const c = new TestCompilation();
  const f = c.parse(input.get("func")!);
  checkFunc(f, "parse");
  let text = "";
  runPasses(f, c.context, {
    check: true,
    after: (g, name) => {
      if (name === pass) text = funcString(g);
    },
  });
  return text + c.errors.map((e) => `error: ${e}\n`).join("");
}

goldenTests(
  join(process.env.RT0_ROOT ?? process.cwd(), "src/ssa/testdata"),
  Object.fromEntries(passes.map((p) => [p.name, (input: ReadonlyMap<string, string>) => after(input, p.name)])),
);
