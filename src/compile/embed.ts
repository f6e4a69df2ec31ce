// What go:embed demands of the variables it fills. cmd/compile/internal/staticdata/embed.go.
import type { Diagnostics, Pos } from "#base";
import { type File, Kind } from "#syntax";
import { asNamed, BasicKind, ObjKind, objOf, type Package, type Type, TypeKind, typeString, under } from "#types";
import type { EmbedConfig } from "./importcfg.ts";

const enum EmbedKind {
  Unknown,
  Bytes,
  String,
  Files,
}

function embedKind(t: Type): EmbedKind {
  const named = asNamed(t);
  if (named?.obj.name === "FS" && named.obj.pkg?.path === "embed") return EmbedKind.Files;
  const u = under(t);
  if (u.kind === TypeKind.Basic && u.basic === BasicKind.String) return EmbedKind.String;
  if (u.kind !== TypeKind.Slice) return EmbedKind.Unknown;
  const e = under(u.elem);
  return e.kind === TypeKind.Basic && e.basic === BasicKind.Uint8 ? EmbedKind.Bytes : EmbedKind.Unknown;
}

/** Reports variables that cannot take their files, and files that -embedcfg does not have. */
export function checkEmbeds(
  pkg: Package,
  files: readonly File[],
  config: EmbedConfig | null,
  diagnostics: Diagnostics,
): void {
  for (const file of files) {
    for (const d of file.declList) {
      if (d.kind !== Kind.VarDecl || d.pragma === null || d.pragma.embeds.length === 0) continue;
      const v = objOf(d.nameList[0]!);
      if (v?.kind !== ObjKind.Var) continue;
      const { embeds } = d.pragma;
      const report = (pos: Pos, message: string) => diagnostics.report(pos, message);
      if (config === null) {
        report(embeds[0]!.pos, "invalid go:embed: build system did not supply embed configuration");
        continue;
      }
      const kind = embedKind(v.type!);
      const shown = typeString(v.type!, (p) => (p === pkg ? "" : p.name));
      if (kind === EmbedKind.Unknown) {
        report(v.pos, `go:embed cannot apply to var of type ${shown}`);
        continue;
      }
      const found = new Set<string>();
      for (const e of embeds) {
        for (const pattern of e.patterns) {
          const list = config.patterns[pattern];
          if (list === undefined) report(e.pos, `invalid go:embed: build system did not map pattern: ${pattern}`);
          for (const name of list ?? []) {
            if ((config.files[name] ?? "") !== "") found.add(name);
            else report(e.pos, `invalid go:embed: build system did not map file: ${name}`);
          }
        }
      }
      if (kind !== EmbedKind.Files && found.size > 1)
        report(v.pos, `invalid go:embed: multiple files for type ${shown}`);
    }
  }
}
