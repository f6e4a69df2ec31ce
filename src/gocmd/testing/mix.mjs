// For -toolexec: packages compiled by rt0 and by gc in one program, to find out whose object is at fault.
//   rt0 build -toolexec "node src/gocmd/testing/mix.mjs main,fmt" ./examples/hello      rt0: main and fmt, gc: the rest
//   rt0 build -toolexec "node src/gocmd/testing/mix.mjs !runtime,os" ...                gc: runtime and os, rt0: the rest
// link=gc and asm=gc as names choose gc's linker and assembler. Needs a real Go in $GOROOT.
import { spawnSync } from "node:child_process";

const [choice, ...words] = process.argv.slice(2);
const at = words.indexOf("tool");
const name = words[at + 1];
const argv = words.slice(at + 2);
const negated = choice.startsWith("!");
const named = new Set(choice.replace(/^!/, "").split(","));
const pkg = argv[argv.indexOf("-p") + 1];
let own = named.has(pkg) !== negated;
if (name === "link" || name === "asm") own = !named.has(`${name}=gc`);
const [program, args] = own
  ? [words[0], words.slice(1)]
  : [`${process.env.GOROOT}/pkg/tool/linux_amd64/${name}`, argv];
process.exit(spawnSync(program, args, { stdio: "inherit" }).status ?? 1);
