// The one connection to the room: picture, then numbered events, for ever. Runs in the workplace's worker, or in a
// window when there is no worker. Nothing here touches the page.
import { get } from "./api.js";

const SLOW = 3000;
const LOST = 6000;
const RETRY = [300, 700, 1500, 3000, 5000];

/** @typedef {"off" | "catching" | "live" | "slow" | "lost" | "signed_out"} LinkState */

export class Live {
  /** @param {(message: any) => void} tell */
  constructor(tell) {
    this.tell = tell;
    /** @type {Record<string, Map<string, any>>} */
    this.rows = { call: new Map(), incident: new Map(), unit: new Map(), function: new Map() };
    /** @type {any[]} */
    this.rooms = [];
    /** @type {Record<string, number>} */
    this.positions = {};
    /** @type {string[]} */
    this.regions = [];
    /** @type {LinkState} */
    this.state = "off";
    this.since = Date.now();
    this.heard = 0;
    this.offset = 0;
    this.tries = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    setInterval(() => this.watch(), 500);
  }

  /** Everything a window that joins late needs. */
  snapshot() {
    const rows = Object.fromEntries(Object.entries(this.rows).map(([kind, map]) => [kind, [...map.values()]]));
    return { t: "picture", rows, rooms: this.rooms, offset: this.offset, state: this.state, since: this.since };
  }

  /** Follow these regions from now on. @param {string[]} regions */
  async follow(regions) {
    const wanted = [...new Set(regions)].sort();
    if (wanted.join() === this.regions.join() && this.socket) return;
    this.regions = wanted;
    await this.begin();
  }

  stop() {
    this.regions = [];
    this.drop();
    this.become("off");
  }

  /** Fetch the picture and open the channel after it. */
  async begin() {
    this.drop();
    this.become("catching");
    try {
      const picture = await get(`/api/picture?regions=${this.regions.join(",")}`);
      for (const [kind, list] of [["call", picture.calls], ["incident", picture.incidents], ["unit", picture.units]]) {
        this.rows[kind] = new Map(list.map((/** @type {any} */ row) => [row.ref, row]));
      }
      this.rows.function = new Map(picture.functions.map((/** @type {any} */ row) => [row.name, row]));
      this.rooms = picture.rooms;
      this.positions = picture.positions;
      this.offset = picture.now - Date.now();
      this.heard = Date.now();
      this.tell(this.snapshot());
      this.open();
    } catch (error) {
      if (/** @type {any} */ (error).body?.status === 401) this.become("signed_out");
      else this.retry(() => this.begin());
    }
  }

  open() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`, "mk.v1");
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ regions: this.regions, after: this.positions }));
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
    this.heard = Date.now();
    if (typeof data !== "string") return this.tell({ t: "fixes", data });
    const frame = JSON.parse(data);
    if (frame.t === "ev") return this.take(frame);
    if (frame.t === "rooms") this.rooms = frame.rows;
    if (frame.now !== undefined) this.offset = frame.now - Date.now();
    if (frame.t === "caught_up") {
      this.tries = 0;
      this.become("live");
    }
    if (frame.t === "beat" && this.state === "slow") this.become("live");
    if (frame.t === "beat") frame.offset = this.offset;
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
    this.tell(frame);
  }

  watch() {
    if (this.state !== "live" && this.state !== "slow") return;
    const silent = Date.now() - this.heard;
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
    this.since = state === "lost" ? this.heard || Date.now() : Date.now();
    this.tell({ t: "state", state, since: this.since });
  }
}
