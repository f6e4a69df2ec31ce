// node tools/ts.mjs src/machine/testing/forms.ts [-cpu v1] PROG…: runs programs and adds the instruction forms that they
// use to cpu/gen/warm.ts.
import { readFileSync, writeFileSync } from "node:fs";
import { hot } from "../cpu/hot.ts";
import { warm } from "../cpu/gen/warm.ts";
import { Machine } from "../machine.ts";

const file = "src/machine/cpu/gen/warm.ts";
const forms = new Set(warm.trim().split("\n"));
const before = forms.size;
const inline = new Set(hot);
let cpu: "v1" | "v2" | "v3" = "v1";
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  const a = args[i] as string;
  if (a === "-cpu") {
    cpu = args[++i] as typeof cpu;
    continue;
  }
  const [program, ...rest] = a.split(" ") as [string, ...string[]];
  const m = new Machine({ cpu, cpus: 2 });
  m.load(new Uint8Array(readFileSync(program)), [program, ...rest], ["PATH=/bin", "HOME=/root"]);
  m.run(3e8);
  for (let id = 0; id < m.engine.handlerCount; id++) {
    const name = m.engine.handlerName(id);
    if (!inline.has(name)) forms.add(name);
  }
  console.log(`${a} (${cpu}): ${m.instructions} instructions, ${forms.size} forms`);
}
const old = readFileSync(file, "utf8");
const list = [...forms].filter((f) => f !== "" && !f.startsWith("(")).sort();
writeFileSync(file, `${old.slice(0, old.indexOf("`") + 1)}\n${list.join("\n")}\n\`;\n`);
console.log(`${before} -> ${list.length}`);
