// A SharedWorker's own globals. TypeScript keeps them in a library that cannot be used together with the page's, and
// our pages and the worker are checked as one program.
interface SharedWorkerGlobalScope extends EventTarget {
  readonly name: string;
  onconnect: ((this: SharedWorkerGlobalScope, event: MessageEvent) => unknown) | null;
  close(): void;
}
