import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFunc } from "../regalloc/testing/random.ts";
import { TestTypes } from "../regalloc/testing/types.ts";
import { PassHistory } from "./html.ts";

test("the page has a column for each change and marks values", () => {
  const f = randomFunc(3, 4, new TestTypes());
  const h = new PassHistory();
  h.note(f, "one");
  h.note(f, "two");
  f.blocks[0]!.values.reverse();
  h.note(f, "three");
  const page = h.html();
  assert.equal(page.match(/<td>/g)?.length, 2);
  assert.match(page, /<h2>one two<\/h2>/);
  assert.match(page, /<i class="v1">v1<\/i> = InitMem &lt;mem&gt;/);
});
