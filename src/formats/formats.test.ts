import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  builtinCount,
  builtinIndex,
  findObjectStart,
  funcIDNames,
  GoobjReader,
  Pclntab,
  pathToPrefix,
  prefixToPath,
  readArchive,
  readBuildID,
  readElf,
  readFuncInfo,
  readGoHeader,
  readGoobj,
  writeArchive,
  writeFuncInfo,
  writeGoobj,
} from "./index.ts";
import { generateAbbrevs } from "./testing/genabbrevs.ts";
import { generateBuiltins } from "./testing/genbuiltins.ts";
import { goroot, realGo } from "../base/testing/realgo.ts";

const go = realGo;

/** Archives of packages and what they need, built by gc. */
function archives(packages: string[]): string[] {
  const out = execFileSync(go, ["list", "-export", "-deps", "-f", "{{.Export}}", ...packages], {
    encoding: "utf8",
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-p=1" },
  });
  return out.split("\n").filter((l) => l !== "");
}

test("gen/builtins.ts is made from builtinlist.go", () => {
  const source = readFileSync(join(goroot, "src/cmd/internal/goobj/builtinlist.go"), "utf8");
  const gen = readFileSync(join(process.env.RT0_ROOT ?? ".", "src/formats/gen/builtins.ts"), "utf8");
  assert.equal(gen, generateBuiltins(source));
  assert.equal(builtinCount, 266);
  assert.equal(builtinIndex("runtime.morestack", 0), 227);
  assert.equal(builtinIndex("runtime.morestack", 1), -1);
});

test("gen/dwarfabbrevs.ts is made from cmd/internal/dwarf", () => {
  const source = (name: string): string => readFileSync(join(goroot, "src/cmd/internal/dwarf", name), "utf8");
  const gen = readFileSync(join(process.env.RT0_ROOT ?? ".", "src/formats/gen/dwarfabbrevs.ts"), "utf8");
  assert.equal(gen, generateAbbrevs(source("dwarf.go"), source("putvarabbrevgen.go"), source("dwarf_defs.go")));
});

test("archives and objects of gc round-trip", () => {
  const files = archives(process.env.RT0_FULL === "1" ? ["std"] : ["fmt"]);
  let same = 0;
  let objects = 0;
  let infos = 0;
  for (const file of files) {
    const bytes = new Uint8Array(readFileSync(file));
    const entries = readArchive(bytes);
    assert.deepEqual(Buffer.compare(writeArchive(entries), bytes), 0, file);
    assert.match(readBuildID(bytes), /^[\w-]{20}\/[\w-]{20}$/);
    for (const e of entries) {
      if (e.name === "__.PKGDEF" || e.name.endsWith(".syso")) continue;
      objects++;
      assert.match(readGoHeader(e.data).line, /^go object linux amd64 go/);
      const start = findObjectStart(e.data);
      const goobj = e.data.subarray(start);
      const again = writeGoobj(readGoobj(goobj));
      if (Buffer.compare(again, goobj) === 0) same++;
      const r = new GoobjReader(goobj);
      for (let i = 0; i < r.ndef; i++) {
        for (let p = r.auxStart(i); p < r.auxEnd(i); p += 9) {
          if (r.bytes[p] !== 1) continue;
          const data = r.data(r.view.getUint32(p + 5, true));
          assert.equal(Buffer.compare(writeFuncInfo(readFuncInfo(data)), data), 0);
          infos++;
        }
      }
    }
  }
  console.log(`goobj round trip: ${same}/${objects} objects identical, ${infos} FuncInfos`);
  assert.equal(same, objects);
});

test("an executable's tables name its functions", () => {
  const exe = new Uint8Array(readFileSync(go));
  const elf = readElf(exe);
  const text = elf.section(".text")!;
  const tab = new Pclntab(elf.data(elf.section(".gopclntab")!), text.addr);
  let found = 0;
  for (let i = 0; i < tab.nfunc; i++) {
    const f = tab.func(i);
    assert.equal(tab.find(f.entry), i);
    if (f.name === "main.main") {
      found++;
      assert.match(tab.line(f, f.entry).file, /cmd\/go\/main\.go$/);
    }
  }
  assert.equal(found, 1);
  assert.notEqual(readBuildID(exe), "");
});

test("package paths in symbol names", () => {
  for (const [path, prefix] of [
    ["example.com/a.b/c.d", "example.com/a.b/c%2ed"],
    ["fmt", "fmt"],
    ['a"b', "a%22b"],
  ] as const) {
    assert.equal(pathToPrefix(path), prefix);
    assert.equal(prefixToPath(prefix), path);
  }
  assert.equal(funcIDNames.length, 24);
});
