// What several windows of a workplace ask about the same state of the same thing is asked of the room once. Runs in its worker.
import { Problem, get } from "./api.js";

/** So long an answer serves windows that come to ask a little later (milliseconds). */
const SERVES = 1000;

/** @typedef {{found?: any, problem?: any, lost?: boolean}} Answer problem: as the room told it; lost: it told nothing */

export class Shared {
  constructor() {
    /** @type {Map<string, Promise<Answer>>} */
    this.asked = new Map();
  }

  /** @param {string} path @param {string} state what is known of the thing: an answer to who knew less may be of before that @returns {Promise<Answer>} */
  ask(path, state) {
    const key = `${state} ${path}`;
    const before = this.asked.get(key);
    if (before) return before;
    const answer = get(path).then(
      (found) => {
        setTimeout(() => this.leave(key, answer), SERVES);
        return { found };
      },
      (error) => {
        this.leave(key, answer);
        return error instanceof Problem ? { problem: error.body } : { lost: true };
      },
    );
    this.asked.set(key, answer);
    return answer;
  }

  /** @param {string} key @param {Promise<Answer>} answer */
  leave(key, answer) {
    if (this.asked.get(key) === answer) this.asked.delete(key);
  }

  /** Whoever sits down next asks for themselves. */
  forget() {
    this.asked.clear();
  }
}
