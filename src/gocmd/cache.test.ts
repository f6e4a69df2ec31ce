import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "#base";
import { HostError, MemoryHost } from "#host";
import { Cache, cacheDir } from "./cache.ts";

const day = 86_400_000;
const facts = { contentID: "c", exportHash: "e", text: "" };
const key = (n: number) => n.toString(16).padStart(2, "0").repeat(32);

test("entries that nobody used for ten days are removed, with the outputs that none names", () => {
  const host = new MemoryHost("/");
  host.clock = 100 * day;
  const cache = new Cache(host, "/cache");
  const used = cache.put(key(1), encodeUtf8("used"), facts);
  const unused = cache.put(key(2), encodeUtf8("unused"), facts);
  cache.trim();
  for (let d = 1; d <= 12; d++) {
    host.clock += day + 1;
    assert.ok(cache.lookup(key(1)), `day ${d}`);
    cache.trim();
  }
  assert.notEqual(cache.output(used), undefined);
  assert.equal(cache.lookup(key(2)), undefined);
  assert.equal(cache.output(unused), undefined);
});

test("the cache is looked through once a day", () => {
  const host = new MemoryHost("/");
  host.clock = 100 * day;
  const cache = new Cache(host, "/cache");
  cache.put(key(1), encodeUtf8("a"), facts);
  host.clock += 11 * day;
  cache.trim();
  assert.equal(cache.lookup(key(1)), undefined);
  cache.put(key(2), encodeUtf8("b"), facts);
  let reads = 0;
  const readDir = host.readDir.bind(host);
  host.readDir = (path) => {
    reads++;
    return readDir(path);
  };
  host.clock += day / 2;
  cache.trim();
  assert.equal(reads, 0);
});

test("an entry is believed only whole: every flipped bit and every cut is noticed", () => {
  const host = new MemoryHost("/");
  const cache = new Cache(host, "/cache");
  const entry = cache.put(key(7), encodeUtf8("output"), facts);
  const path = `/cache/07/${key(7)}-a`;
  const sound = host.readFile(path).slice();
  let noticed = 0;
  for (let i = 0; i < sound.length - 1; i++) {
    const b = sound.slice();
    b[i]! ^= 1 << (i % 7);
    host.writeFile(path, b);
    if (cache.lookup(key(7)) === undefined) noticed++;
    host.writeFile(path, sound.slice(0, i));
    assert.equal(cache.lookup(key(7)), undefined, `cut at ${i}`);
  }
  assert.equal(noticed, sound.length - 1);
  host.writeFile(path, sound);
  assert.deepEqual(cache.lookup(key(7))?.output, entry.output);
  // An entry under the name of another.
  host.makeDir("/cache/08");
  host.writeFile(`/cache/08/${key(8)}-a`, sound);
  assert.equal(cache.lookup(key(8)), undefined);
});

test("a cache without room is left alone", () => {
  const host = new MemoryHost("/");
  host.writeFile = (path) => {
    throw new HostError("ENOSPC", path, "no space left on device");
  };
  const cache = new Cache(host, "/cache");
  const entry = cache.put(key(1), encodeUtf8("a"), facts);
  assert.equal(entry.size, 1);
  assert.equal(cache.writable, false);
});

test("where the cache is", () => {
  const at = (env: Record<string, string>) => cacheDir(new MemoryHost("/home/u/src", env));
  assert.equal(at({ RT0CACHE: "off", HOME: "/home/u" }), "");
  assert.equal(at({ RT0CACHE: "/x" }), "/x");
  assert.equal(at({ RT0CACHE: "x" }), "/home/u/src/x");
  assert.equal(at({ XDG_CACHE_HOME: "/c", HOME: "/home/u" }), "/c/rt0");
  assert.equal(at({ HOME: "/home/u" }), "/home/u/.cache/rt0");
  assert.equal(at({}), "");
});
