// Write the operator's manual of `docs` from the desk's own tables: node tools/manual.mjs
import { readFileSync, writeFileSync } from "node:fs";

const ROOT = new URL("../", import.meta.url);
const STATIC = new URL("src/meldkamer/desk/static/", ROOT);
const { markdown } = await import(new URL("js/manual.js", STATIC));

const [head, ...lines] = readFileSync(new URL("src/meldkamer/pack/nl/statuses.csv", ROOT), "utf8").split(/\r?\n/).filter((l) => l && !l.startsWith("#"));
const names = head.split(",");
const statuses = lines.map((line) => Object.fromEntries(line.split(",").map((value, n) => [names[n], value])));

for (const language of ["nl", "en"]) {
  const words = JSON.parse(readFileSync(new URL(`words/${language}.json`, STATIC), "utf8"));
  const say = (key, params = {}) => {
    if (words[key] === undefined) throw new Error(`no sentence for ${key} in ${language}.json`);
    return words[key].replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ""));
  };
  writeFileSync(new URL(`docs/manual.${language}.md`, ROOT), markdown(language, say, statuses));
}
