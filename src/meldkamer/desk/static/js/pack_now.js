// A changed pack comes into force at one moment: the desk takes it when its own room says that it works with it.
import { effect } from "../vendor/preact.js";
import { get } from "./api.js";
import { past } from "./past.js";
import { fetchSets, forgetSets } from "./questions.js";
import { pack, rooms, session } from "./stores.js";

/** What was asked for the last time: a room that says one thing and answers another is not asked again and again. */
let asked = "";

effect(() => {
  const said = past.value ? "" : rooms.value.find((r) => r.room === session.value?.room)?.pack;
  const mine = pack.peek()?.hash;
  if (!said || !mine || mine.startsWith(said) || said === asked) return;
  asked = said;
  get("/api/pack").then((found) => {
    pack.value = found;
    if (forgetSets()) return fetchSets();
    return undefined;
  }).catch(() => (asked = ""));
});
