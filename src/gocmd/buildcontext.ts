// Which files belong to a build: file name suffixes and build constraints. go/build and internal/syslist.
import { type BuildExpr, evalBuildExpr } from "#syntax";

const knownOS = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);
const knownArch = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 " +
    "ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

/** The experiments that are on in Go 1.26 on amd64. */
export const experiments = ["regabiwrappers", "regabiargs", "dwarf5", "randomizedheapbase64", "greenteagc"];

/** The tags that hold. */
export class BuildContext {
  readonly goos = "linux";
  readonly goarch = "amd64";
  readonly goamd64 = "v1";
  private readonly tags: Set<string>;

  constructor(
    /** Of -tags. */
    readonly buildTags: readonly string[],
    /** Minor version of the release: 26. */
    readonly release: number,
  ) {
    this.tags = new Set(["linux", "amd64", "gc", "unix", "amd64.v1", ...buildTags]);
    for (const x of experiments) this.tags.add(`goexperiment.${x}`);
    for (let n = 1; n <= release; n++) this.tags.add(`go1.${n}`);
  }

  matchTag(tag: string): boolean {
    return this.tags.has(tag === "boringcrypto" ? "goexperiment.boringcrypto" : tag);
  }

  eval(x: BuildExpr): boolean {
    return evalBuildExpr(x, (tag) => this.matchTag(tag));
  }

  /** Whether the suffixes of a file name allow it: name_linux.go, name_amd64_test.go, name_linux_amd64.s. */
  matchName(file: string): boolean {
    const name = file.split(".", 1)[0]!;
    const first = name.indexOf("_");
    if (first < 0) return true;
    const parts = name.slice(first).split("_");
    if (parts[parts.length - 1] === "test") parts.pop();
    const last = parts[parts.length - 1];
    const before = parts[parts.length - 2];
    if (last === undefined) return true;
    if (before !== undefined && knownOS.has(before) && knownArch.has(last))
      return this.matchTag(last) && this.matchTag(before);
    return knownOS.has(last) || knownArch.has(last) ? this.matchTag(last) : true;
  }
}
