// npm run test:link: test binaries of std packages, compiled by gc and linked by both linkers: are the files the same? Some
// are run as well. Then cmd/link itself, linked by rt0, links a program. Arguments are packages; the default is the list.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installSha256 } from "../../base/index.ts";
import { linkMain } from "../index.ts";
import { NodeHost } from "./nodehost.ts";
import { bytesOf, compileProgram, compileSource, goEnv, goroot, linkReal, type Program, scratch } from "./programs.ts";

const packages = `archive/tar archive/zip bufio bytes cmp compress/bzip2 compress/flate compress/gzip compress/lzw
  compress/zlib container/heap container/list context crypto/aes crypto/cipher crypto/ecdh crypto/ecdsa crypto/ed25519
  crypto/hmac crypto/md5 crypto/rand crypto/rsa crypto/sha256 crypto/sha512 crypto/tls crypto/x509 database/sql
  debug/dwarf debug/elf embed encoding/ascii85 encoding/asn1 encoding/base64 encoding/binary encoding/csv encoding/gob
  encoding/hex encoding/json encoding/pem encoding/xml errors expvar flag fmt go/ast go/build go/constant go/doc
  go/format go/parser go/printer go/scanner go/token go/types hash/crc32 hash/maphash html/template image/png
  index/suffixarray internal/runtime/maps io io/fs iter log log/slog maps math math/big math/bits math/rand/v2 mime
  net net/http net/netip net/url os os/exec path/filepath reflect regexp runtime runtime/debug slices sort strconv
  strings sync sync/atomic testing text/scanner text/template time unicode/utf8 unique`.split(/\s+/);

/** Their tests are quick and do not depend on the machine. */
const run = new Set(
  "bytes container/list encoding/json go/scanner math/bits reflect sort strconv sync unicode/utf8".split(" "),
);

installSha256((b) => new Uint8Array(createHash("sha256").update(b).digest()));
const dir = scratch();
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
const host = new NodeHost({ GOROOT: goroot });

/** What the link of pkg's test binary takes: packages recompiled for the test come before the plain ones. */
function testProgram(pkg: string, into: string): Program | undefined {
  mkdirSync(into, { recursive: true });
  const r = spawnSync(
    join(goroot, "bin/go"),
    ["list", "-test", "-export", "-deps", "-f", "{{.ImportPath}}|{{.Export}}", pkg],
    { cwd: join(goroot, "src"), encoding: "utf8", env: goEnv, maxBuffer: 1 << 26 },
  );
  if (r.status !== 0) throw new Error(r.stderr);
  const files = new Map<string, string>();
  const mark = ` [${pkg}.test]`;
  let main = "";
  for (const line of r.stdout.split("\n")) {
    const [path, file] = line.split("|");
    if (file === undefined || file === "") continue;
    if (path === `${pkg}.test`) main = file;
    else if (path!.endsWith(mark)) files.set(path!.slice(0, -mark.length), file);
    else if (!files.has(path!)) files.set(path!, file);
  }
  if (main === "") return undefined;
  const importcfg = join(into, "importcfg");
  writeFileSync(importcfg, [...files].map(([p, f]) => `packagefile ${p}=${f}\n`).join(""));
  return { dir: into, main, importcfg, files };
}

function linkOurs(p: Program, out: string): void {
  const r = linkMain(host, ["-o", out, "-importcfg", p.importcfg, p.main]);
  if (r.status !== 0) throw new Error(r.stderr);
}

let same = 0;
let total = 0;
let passed = 0;
let ran = 0;
const chosen = process.argv.slice(2);
for (const pkg of chosen.length > 0 ? chosen : packages) {
  const p = testProgram(pkg, join(dir, "t"));
  if (p === undefined) {
    console.log(`${pkg}: has no tests`);
    continue;
  }
  total++;
  const want = join(dir, "want.test");
  const got = join(dir, "got.test");
  const real = linkReal(p, want, []);
  if (real.status !== 0) throw new Error(real.stderr);
  linkOurs(p, got);
  const identical = Buffer.compare(bytesOf(want), bytesOf(got)) === 0;
  if (identical) same++;
  else console.log(`${pkg}: differs`);
  if (!run.has(pkg)) continue;
  ran++;
  const [a, b] = [want, got].map((f) =>
    spawnSync(f, ["-test.short"], { cwd: join(goroot, "src", pkg), env: goEnv, stdio: "ignore", timeout: 300_000 }),
  );
  if (a!.status === b!.status && b!.status !== null) passed++;
  else console.log(`${pkg}: ends with ${b!.status}, gc's with ${a!.status}`);
  if (a!.status !== 0) console.log(`${pkg}: status ${a!.status} from both`);
}
console.log(`test binaries: ${same}/${total} identical to cmd/link's; ${passed}/${ran} run as gc's do`);

// The linker that rt0 links, links.
const tool = compileProgram(join(goroot, "src"), "cmd/link", join(dir, "cmd-link"));
const ours = join(dir, "link");
linkOurs(tool, ours);
const hello = compileSource(join(dir, "hello"), {
  "main.go": 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n',
});
const [x, y] = [join(dir, "x"), join(dir, "y")];
execFileSync(ours, ["-o", x, "-importcfg", hello.importcfg, hello.main], { env: goEnv });
linkReal(hello, y, []);
const equal = Buffer.compare(bytesOf(x), bytesOf(y)) === 0;
console.log(`cmd/link linked by rt0 links hello: ${equal ? "the same file" : "another file"}`);
process.exitCode = same === total && passed === ran && equal ? 0 : 1;
