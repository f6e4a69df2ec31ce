// Instructions that the host carries out: rare ones, and the string instructions, which work page by page.

import type { Handler } from "../cpu/handler.ts";
import { Exit } from "../mem/layout.ts";
import { define, F, type Traits } from "./registry.ts";

/** AES, SHA and carry-less multiplication. */
export const cryptoNames = [
  "aesenc",
  "aesenclast",
  "aesdec",
  "aesdeclast",
  "aesimc",
  "aeskeygenassist",
  "pclmulqdq",
  "sha1rnds4",
  "sha1nexte",
  "sha1msg1",
  "sha1msg2",
  "sha256rnds2",
  "sha256msg1",
  "sha256msg2",
];
/** SSE4.2's comparisons of strings. */
export const stringCompareNames = [
  "pcmpestri",
  "pcmpestrm",
  "pcmpistri",
  "pcmpistrm",
  "vpcmpestri",
  "vpcmpestrm",
  "vpcmpistri",
  "vpcmpistrm",
];

/** Numbers of the host's helpers; the first three belong to division. */
export const enum HelperId {
  DivideUnsigned = 1,
  DivideSigned = 2,
  DivideError = 3,
  Cpuid = 4,
  Rdtsc = 5,
  Rdtscp = 6,
  Xgetbv = 7,
  Movs = 8,
  Stos = 9,
  Lods = 10,
  Scas = 11,
  Cmps = 12,
  Crypto = 13,
  StringCompare = 14,
  X87 = 15,
  Fxsave = 16,
  Fxrstor = 17,
  Rdrand = 18,
  Fma = 19,
  Yield = 20,
  Xsave = 21,
  Xrstor = 22,
  Unsupported = 23,
  Misaligned = 24,
}

const x87Flagged = ["fcomi", "fcomip", "fucomi", "fucomip"];

/** An instruction that is wholly a helper's. */
function host(name: string, id: HelperId, traits: Traits = {}): void {
  define(name, traits, (c: Handler) => c.helper(id));
}

host("cpuid", HelperId.Cpuid);
host("rdtsc", HelperId.Rdtsc);
host("rdtscp", HelperId.Rdtscp);
host("xgetbv", HelperId.Xgetbv);
host("movs", HelperId.Movs);
host("stos", HelperId.Stos);
host("lods", HelperId.Lods);
// How many elements a repeated comparison sees is not known beforehand: with a count of 0 the flags stay.
host("scas", HelperId.Scas, { writes: F.All, kills: F.None, reads: F.All });
host("cmps", HelperId.Cmps, { writes: F.All, kills: F.None, reads: F.All });
host("fxsave", HelperId.Fxsave);
host("xsave", HelperId.Xsave);
for (const [name, id] of [
  ["fxrstor", HelperId.Fxrstor],
  ["xrstor", HelperId.Xrstor],
] as const) {
  define(name, { ends: true, reads: F.All }, (c: Handler) => {
    c.helper(id);
    c.exit(Exit.Mode);
  });
}
host("rdrand", HelperId.Rdrand, { writes: F.All });
host("rdseed", HelperId.Rdrand, { writes: F.All });
host("(unsupported)", HelperId.Unsupported);
for (const name of cryptoNames) {
  host(name, HelperId.Crypto);
}
for (const name of stringCompareNames) host(name, HelperId.StringCompare, { writes: F.All });
for (const name of [
  "pause",
  "mfence",
  "lfence",
  "sfence",
  "prefetcht0",
  "prefetcht1",
  "prefetcht2",
  "prefetchnta",
  "prefetchw",
  "endbr64",
  "endbr32",
  "clflush",
  "clflushopt",
  "fnop",
  "rdsspq",
  "rdsspd",
]) {
  define(name, {}, () => {});
}

// x87 and fused multiply-add read flags (FCMOV) or write them (FCOMI) through the host.
for (const name of x87Flagged) host(name, HelperId.X87, { writes: F.All });
