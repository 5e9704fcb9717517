// HTTP to the room. A problem comes back as a value of class Problem, a lost link as class Lost.

export class Problem extends Error {
  /** @param {any} body */
  constructor(body) {
    super(body.detail ?? body.title ?? "problem");
    this.body = body;
  }
}

export class Lost extends Error {}

/** What stands before every request: gives its path, or throws why not. @type {{before: (method: string, path: string) => string}} */
export const wall = { before: (_, path) => path };

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function call(method, path, body) {
  const to = wall.before(method, path);
  let answer;
  try {
    answer = await fetch(to, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(8000),
    });
  } catch {
    throw new Lost(path);
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  let problem;
  try {
    problem = await answer.json();
  } catch {
    problem = { type: "unknown", status: answer.status, title: answer.statusText };
  }
  throw new Problem(problem);
}

/** @param {string} path */
export const get = (path) => call("GET", path);
/** @param {string} path @param {unknown} body */
export const post = (path, body) => call("POST", path, body);

/**
 * Reading one thing again and again: a late answer never takes the place of one that was asked for after it. Such an answer
 * is undefined.
 * @template T @param {() => Promise<T>} ask @returns {() => Promise<T | undefined>}
 */
export function inOrder(ask) {
  let begun = 0;
  let latest = 0;
  return async () => {
    const mine = ++begun;
    const found = await ask();
    if (mine < latest) return undefined;
    latest = mine;
    return found;
  };
}

/** A new identity: 32 hexadecimal digits. */
export const newId = () => crypto.randomUUID().replaceAll("-", "");
