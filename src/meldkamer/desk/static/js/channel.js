// A window's end of the live channel: the workplace's shared worker, or a connection of its own when that is silent.
import { Lost, Problem, get } from "./api.js";
import { Live } from "./live.js";

const SILENT = 4000;

export class Channel {
  /** @param {(message: any) => void} hear @param {{at: number, why: string} | null} past where to look back at: by a worker of its own, so that the work goes on beside it */
  constructor(hear, past = null) {
    this.hear = hear;
    this.past = past;
    /** @type {Live | null} */
    this.own = null;
    /** @type {MessagePort | null} */
    this.port = null;
    /** @type {string[]} */
    this.regions = [];
    /** What was asked of the worker and not answered yet, by its number. @type {Map<number, {path: string, done: (found: any) => void, failed: (error: any) => void}>} */
    this.asked = new Map();
    this.n = 0;
    this.last = performance.now();
    try {
      const worker = new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module", name: past ? "meldkamer past" : "meldkamer" });
      worker.onerror = () => this.alone();
      this.port = worker.port;
      this.port.onmessage = ({ data }) => {
        this.last = performance.now();
        if (data.t === "answer") this.answered(data);
        else if (data.t !== "pong") this.hear(data);
      };
      this.port.start();
      if (past) this.port.postMessage({ t: "look_back", at: past.at, why: past.why });
      this.port.postMessage({ t: "hello" });
      addEventListener("pagehide", () => this.port?.postMessage({ t: "bye" }));
      this.timer = setInterval(() => this.check(), 1000);
    } catch {
      this.alone();
    }
  }

  check() {
    if (!this.port) return;
    this.port.postMessage({ t: "ping" });
    if (performance.now() - this.last > SILENT && !document.hidden) this.alone();
  }

  /** The worker is gone: this window keeps its own connection, and its focus to itself. */
  alone() {
    if (this.own) return;
    clearInterval(this.timer);
    // A worker that was only held up comes back with what it heard before.
    if (this.port) this.port.onmessage = null;
    this.port?.postMessage({ t: "bye" });
    this.port = null;
    this.own = new Live(this.hear);
    if (this.past) this.own.lookBack(this.past);
    if (this.regions.length) this.own.follow(this.regions);
    for (const { path, done, failed } of this.asked.values()) get(path).then(done, failed);
    this.asked.clear();
  }

  /**
   * Read something of the room together with the other windows that read the same.
   * @param {string} path @param {string} state what this window knows of the thing; who knows the same may have the same answer
   * @returns {Promise<any>} as `get`; raises Problem or Lost
   */
  read(path, state) {
    const port = this.port;
    // What changed comes before what was read after it; the worker does the same.
    if (!port) return get(path).finally(() => this.own?.tellRows());
    return new Promise((done, failed) => {
      this.asked.set(++this.n, { path, done, failed });
      port.postMessage({ t: "read", n: this.n, path, state });
    });
  }

  /** @param {{n: number} & import("./shared.js").Answer} answer */
  answered({ n, found, problem, lost }) {
    const asked = this.asked.get(n);
    this.asked.delete(n);
    if (problem) asked?.failed(new Problem(problem));
    else if (lost) asked?.failed(new Lost(asked.path));
    else asked?.done(found);
  }

  /** @param {string[]} regions */
  follow(regions) {
    this.regions = regions;
    if (this.own) this.own.follow(regions);
    else this.port?.postMessage({ t: "follow", regions });
  }

  /** @param {any} focus */
  focus(focus) {
    this.port?.postMessage({ t: "focus", focus });
  }

  /** @param {number} at */
  seek(at) {
    if (this.own) this.own.seek(at);
    else this.port?.postMessage({ t: "seek", at });
  }

  /** @param {number} speed */
  speed(speed) {
    if (this.own) this.own.speed(speed);
    else this.port?.postMessage({ t: "speed", speed });
  }

  stop() {
    if (this.own) this.own.stop();
    else this.port?.postMessage({ t: "stop" });
  }
}
