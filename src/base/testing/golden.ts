// Golden tests: one text file holds the input and the expected views of it, in sections `-- name --`. A test gives a function
// for each view; `npm run unit -- <filter> --bless` writes what the views are now.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

/** A section of a golden file. */
export interface Section {
  readonly name: string;
  text: string;
}

/** Sections of a golden file; what comes before the first one is a comment under the name "". */
export function parseSections(text: string): Section[] {
  const sections: Section[] = [{ name: "", text: "" }];
  for (const line of text.split(/(?<=\n)/)) {
    const m = /^-- (.+) --\n?$/.exec(line);
    if (m !== null) sections.push({ name: m[1]!, text: "" });
    else sections[sections.length - 1]!.text += line;
  }
  return sections;
}

export function formatSections(sections: readonly Section[]): string {
  return sections.map((s) => (s.name === "" ? s.text : `-- ${s.name} --\n${s.text}`)).join("");
}

/** A view: the text of a section, made from the input sections (those no view is named after). The first word of its name selects it; the rest are its arguments. */
export type View = (input: ReadonlyMap<string, string>, args: readonly string[]) => string;

/** Registers a test for every *.txt file in dir: each section named after a view must equal what the view gives. */
export function goldenTests(dir: string, views: Readonly<Record<string, View>>): void {
  for (const name of readdirSync(dir).sort()) {
    if (!name.endsWith(".txt")) continue;
    test(`${dir.slice(dir.indexOf("src/"))}/${name}`, () => {
      const path = join(dir, name);
      const sections = parseSections(readFileSync(path, "utf8"));
      const input = new Map(sections.filter((s) => !(s.name.split(" ")[0]! in views)).map((s) => [s.name, s.text]));
      let checked = 0;
      let stale = false;
      for (const s of sections) {
        const [view, ...args] = s.name.split(" ");
        const f = views[view!];
        if (f === undefined) continue;
        checked++;
        const got = f(input, args);
        if (process.env["BLESS"] === "1") {
          stale ||= s.text !== got;
          s.text = got;
        } else {
          assert.equal(got, s.text, `section ${s.name}: run with --bless if the change is meant`);
        }
      }
      assert.notEqual(checked, 0, `no section of ${name} names a view`);
      if (stale) writeFileSync(path, formatSections(sections));
    });
  }
}
