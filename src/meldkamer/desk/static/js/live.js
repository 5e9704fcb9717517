// The one connection to the room: picture, then numbered events, for ever. Runs in the workplace's worker, or in a
// window when there is no worker. Nothing here touches the page.
import { get } from "./api.js";

const SLOW = 3000;
const LOST = 6000;
const RETRY = [300, 700, 1500, 3000, 5000];
/** How long what is over stays: as long as the room itself keeps it, or a workplace that is never closed would fill up. */
export const KEPT = 2 * 60 * 60 * 1000;
/** Of shown time. */
const FORGET_EVERY = 60_000;
/** Of so many times that the room said its time the one that was least under way counts. */
const TIMES = 5;
/** Rows that changed are told at most so often (milliseconds): a burst is one message and one repaint. */
const APART = 100;
/** Times that lie further apart than this tell nothing of a clock: the line holds them up, or somebody set one. */
const STEP = 1000;

/** @typedef {"off" | "catching" | "live" | "slow" | "lost" | "signed_out"} LinkState */

export class Live {
  /** @param {(message: any) => void} tell */
  constructor(tell) {
    this.send = tell;
    /** Rows that changed and were not told yet. @type {any[]} */
    this.fresh = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.telling = undefined;
    this.told = 0;
    /** @type {Record<string, Map<string, any>>} */
    this.rows = { call: new Map(), incident: new Map(), unit: new Map(), function: new Map(), talk: new Map(), attention: new Map(), drawing: new Map() };
    /** @type {any[]} */
    this.rooms = [];
    /** @type {Record<string, number>} */
    this.positions = {};
    /** @type {string[]} */
    this.regions = [];
    /** @type {LinkState} */
    this.state = "off";
    this.since = Date.now();
    /** The newest word of the room, on a clock that nobody can set, and on that of this machine. */
    this.heard = 0;
    this.heardAt = 0;
    /** The clock of the room less that of this machine, and the times from which that is known. */
    this.offset = 0;
    /** @type {number[]} */
    this.offsets = [];
    this.base = 0;
    /** The shown time up to which what was over is forgotten. */
    this.forgot = 0;
    this.tries = 0;
    /** Rows that changed while the line was away, as they come in; null while nothing has to be caught up. @type {number | null} */
    this.missed = null;
    /** How often something was said of an address warning, or may have been while the line was away: the same for all windows. */
    this.warned = 0;
    this.turn = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** The moment that is shown, when it is not now. @type {{at: number, why: string, speed: number} | null} */
    this.past = null;
    setInterval(() => this.watch(), 500);
  }

  /** Everything a window that joins late needs. */
  snapshot() {
    const rows = Object.fromEntries(Object.entries(this.rows).map(([kind, map]) => [kind, [...map.values()]]));
    return { t: "picture", rows, rooms: this.rooms, offset: this.offset, past: this.past, state: this.state, since: this.since + this.offset, warned: this.warned };
  }

  /** Follow these regions from now on. @param {string[]} regions */
  async follow(regions) {
    const wanted = [...new Set(regions)].sort();
    if (wanted.join() === this.regions.join() && this.socket) return;
    this.regions = wanted;
    await this.begin();
  }

  /** Look back at a moment from now on. @param {{at: number, why: string}} to */
  lookBack({ at, why }) {
    if (this.past?.why === why && Math.abs(this.past.at - at) < 5000) return;
    this.past = { at, why, speed: 0 };
    if (this.regions.length) this.begin();
  }

  /** Go to another moment; when the room refuses, stay. @param {number} at */
  seek(at) {
    if (!this.past) return;
    const before = this.past;
    this.past = { ...before, at, speed: 0 };
    this.begin(before);
  }

  /** @param {number} speed shown seconds per second; 0 stands still */
  speed(speed) {
    if (!this.past) return;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ speed }));
    else {
      // On the way to another moment: it plays from there.
      this.past = { ...this.past, speed };
      this.tell({ t: "past", past: this.past });
    }
  }

  stop() {
    this.regions = [];
    // A picture that is still on its way is of whoever left, as is what stands here.
    this.turn += 1;
    this.drop();
    this.become("off");
    this.empty();
  }

  /** Whoever sits down next gets nothing of what another saw. */
  empty() {
    for (const rows of Object.values(this.rows)) rows.clear();
    this.rooms = [];
    this.positions = {};
  }

  /** Fetch the picture and open the channel after it. @param {{at: number, why: string, speed: number}} [before] where to stay when there is no such moment */
  async begin(before) {
    this.drop();
    this.become("catching");
    const turn = ++this.turn;
    try {
      const picture = await get(`/api/picture?regions=${this.regions.join(",")}${this.past ? `&at=${Math.round(this.past.at)}&why=${this.past.why}` : ""}`);
      // Somebody asked for other regions or another moment meanwhile: that one's answer counts.
      if (turn !== this.turn) return;
      this.fresh = [];
      for (const [kind, list] of [["call", picture.calls], ["incident", picture.incidents], ["unit", picture.units], ["talk", picture.talks], ["attention", picture.attentions], ["drawing", picture.drawings]]) {
        this.rows[kind] = new Map(list.map((/** @type {any} */ row) => [row.ref, row]));
      }
      this.rows.function = new Map(picture.functions.map((/** @type {any} */ row) => [row.name, row]));
      this.rooms = picture.rooms;
      this.positions = picture.positions;
      if (!this.past) this.setClock(picture.now);
      this.hearing();
      this.tell(this.snapshot());
      this.open();
    } catch (error) {
      if (turn !== this.turn) return;
      const problem = /** @type {any} */ (error).body;
      if (problem?.status === 401) this.become("signed_out");
      else if (problem?.status === 422 && this.past) {
        this.tell({ t: "no_moment", problem });
        this.past = before ?? this.past;
        if (before) this.begin();
        else this.become("lost");
      } else this.retry(() => this.begin());
    }
  }

  open() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${this.past ? `/api/past/live?at=${Math.round(this.past.at)}&why=${this.past.why}` : "/api/live"}`, "mk.v1");
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      if (this.state === "lost") this.become("catching");
      socket.send(JSON.stringify({ regions: this.regions, after: this.positions }));
    };
    socket.onmessage = (event) => this.socket === socket && this.hear(event.data);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (event.code === 4401) this.become("signed_out");
      else if (event.code === 4001) this.begin();
      else this.retry(() => this.open());
    };
  }

  /** @param {string | ArrayBuffer} data */
  hear(data) {
    this.hearing();
    if (typeof data !== "string") return this.tell({ t: "fixes", data });
    const frame = JSON.parse(data);
    if (frame.t === "ev") return this.take(frame);
    if (frame.t === "rooms") this.rooms = frame.rows;
    if (frame.t === "warnings") frame.warned = ++this.warned;
    if (frame.now !== undefined && !this.past) this.setClock(frame.now);
    if (frame.t === "moment" && this.past) {
      this.past = { ...this.past, at: frame.now, speed: frame.speed };
      this.forget();
      return this.tell({ t: "past", past: this.past });
    }
    if (frame.t === "caught_up") {
      this.tries = 0;
      this.become("live");
      if (this.past?.speed) this.speed(this.past.speed);
    }
    if (frame.t === "beat" && this.state === "slow") this.become("live");
    if (frame.t === "beat") {
      Object.assign(frame, { offset: this.offset, off: this.off() });
      this.forget();
    }
    if (frame.t !== "resync") this.tell(frame);
  }

  /** One numbered event. Its number is kept, so that after a cut nothing is missed and nothing comes twice. @param {any} frame */
  take(frame) {
    if (frame.seq <= (this.positions[frame.region] ?? 0) && this.state === "live") return;
    this.positions[frame.region] = Math.max(frame.seq, this.positions[frame.region] ?? 0);
    for (const { kind, ref, row } of frame.rows) {
      if (row === null) this.rows[kind].delete(ref);
      else this.rows[kind].set(ref, row);
    }
    this.fresh.push(...frame.rows);
    // What comes after quiet is told at once.
    if (this.telling === undefined) this.telling = setTimeout(() => this.tellRows(), Math.max(0, this.told + APART - performance.now()));
    if (this.state !== "catching" || this.missed === null) return;
    this.missed += frame.rows.length;
    this.tellState();
  }

  /** What changed comes before whatever is told after it. @param {any} message */
  tell(message) {
    this.tellRows();
    this.send(message);
  }

  tellRows() {
    clearTimeout(this.telling);
    this.telling = undefined;
    if (!this.fresh.length) return;
    this.told = performance.now();
    const rows = this.fresh;
    this.fresh = [];
    this.send({ t: "ev", rows });
  }

  hearing() {
    this.heard = performance.now();
    this.heardAt = Date.now();
  }

  /** What the room says that time it is. @param {number} now */
  setClock(now) {
    const base = Date.now() - performance.now();
    // Somebody set the clock of this machine: what was measured by it before counts no more.
    if (Math.abs(base - this.base) > STEP) this.offsets = [];
    this.base = base;
    this.offsets = [...this.offsets, now - Date.now()].slice(-TIMES);
    this.offset = Math.max(...this.offsets);
  }

  /** How far the clock of this machine is behind that of the room; 0 while that is not sure. */
  off() {
    return this.offsets.length > 1 && this.offset - Math.min(...this.offsets) < STEP ? this.offset : 0;
  }

  /** Leave what was over long ago, as the room does (`Picture.forget`), and say so to the windows. */
  forget() {
    const before = (this.past ? this.past.at : Date.now() + this.offset) - KEPT;
    if (Math.abs(before - this.forgot) < FORGET_EVERY) return;
    this.forgot = before;
    const calls = [...this.rows.call.values()].filter((c) => c.ended && c.ended < before && c.call_back !== "due");
    const over = [...this.rows.incident.values()].filter((i) => i.closed && i.closed < before && !i.units.length);
    const messages = [...this.rows.attention.values()].filter((a) => (a.withdrawn ?? a.until) < before);
    const drawn = [...this.rows.drawing.values()].filter((d) => Math.min(d.over ?? Infinity, d.until || Infinity) < before);
    const gone = (/** @type {string} */ kind, /** @type {any[]} */ all) => all.map(({ ref }) => ({ kind, ref, row: null }));
    const rows = [...gone("call", calls), ...gone("incident", over), ...gone("attention", messages), ...gone("drawing", drawn)];
    for (const { kind, ref } of rows) this.rows[kind].delete(ref);
    if (rows.length) this.tell({ t: "over", rows });
  }

  watch() {
    if (this.state !== "live" && this.state !== "slow") return;
    const silent = performance.now() - this.heard;
    if (silent > LOST) {
      this.drop();
      this.retry(() => this.open());
    } else if (silent > SLOW) this.become("slow");
  }

  /** @param {() => void} again */
  retry(again) {
    this.become("lost");
    const wait = RETRY[Math.min(this.tries++, RETRY.length - 1)];
    clearTimeout(this.timer);
    // Spread, so that five hundred desks do not come back in the same millisecond.
    this.timer = setTimeout(again, wait * (0.7 + 0.6 * Math.random()));
  }

  drop() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** @param {LinkState} state */
  become(state) {
    if (state === this.state) return;
    this.state = state;
    // How long it has been quiet counts from the last word, not from when somebody noticed.
    this.since = state === "lost" || state === "slow" ? this.heardAt || Date.now() : Date.now();
    if (state === "lost") this.missed = 0;
    if (state === "live") this.warned += 1;
    if (state === "signed_out") this.empty();
    this.tellState();
    if (state === "live") this.missed = null;
  }

  tellState() {
    this.tell({ t: "state", state: this.state, since: this.since + this.offset, missed: this.missed, warned: this.warned });
  }
}
