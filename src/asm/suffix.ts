import { Suffix } from "#obj";
import { quote } from "./quote.ts";

const rounding: Readonly<Record<string, Suffix>> = {
  RN_SAE: Suffix.RnSae,
  RD_SAE: Suffix.RdSae,
  RU_SAE: Suffix.RuSae,
  RZ_SAE: Suffix.RzSae,
};

/** The suffix bits of ".BCST.Z" and the like, or a message saying what is wrong with it. */
export function parseSuffix(text: string): Suffix | string {
  const parts = text.replace(/^\./, "").split(".");
  if (parts.length <= 2) {
    const first = parts[0]!;
    const zeroing = parts.length === 2 && parts[1] === "Z" ? Suffix.Zeroing : Suffix.None;
    if (parts.length === 1 || zeroing !== Suffix.None) {
      if (first === "Z" && parts.length === 1) return Suffix.Zeroing;
      if (first === "SAE") return Suffix.Sae | zeroing;
      if (first === "BCST") return Suffix.Broadcast | zeroing;
      const r = rounding[first];
      if (r !== undefined) return r | zeroing;
    }
  }
  return explain(parts);
}

/** What is wrong, in the order in which it is met (cmd/internal/obj/x86 inferSuffixError). */
function explain(parts: readonly string[]): string {
  const seen = new Set<string>();
  const unknown = new Set<string>();
  const messages: string[] = [];
  let broadcast = false;
  let round = false;
  parts.forEach((p, i) => {
    if (p === "Z") {
      if (i !== parts.length - 1) messages.push("Z suffix should be the last");
    } else if (p === "BCST") broadcast = true;
    else if (p === "SAE" || p in rounding) round = true;
    else {
      if (!unknown.has(p)) messages.push(`unknown suffix ${quote(p)}`);
      unknown.add(p);
    }
    if (seen.has(p)) messages.push(`duplicate suffix ${quote(p)}`);
    seen.add(p);
  });
  if (broadcast && round) messages.push("can't combine rounding/SAE and broadcast");
  return messages.length === 0 ? "bad suffix combination" : messages.join("; ");
}
