// What our pages use of Preact, htm and signals, as one module: `import { html, signal } from "./vendor/preact.js"`.
// One module, because hooks and signals keep state in Preact's own instance and two copies would not see each other.
// Only re-exports: the same text serves as the bundle's entry and as its type declaration.
export {
  Component,
  Fragment,
  cloneElement,
  createContext,
  createRef,
  h,
  isValidElement,
  options,
  render,
  toChildArray,
} from "preact";
export {
  useCallback,
  useContext,
  useEffect,
  useErrorBoundary,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "preact/hooks";
export { html } from "htm/preact";
export {
  Signal,
  batch,
  computed,
  effect,
  signal,
  untracked,
  useComputed,
  useSignal,
  useSignalEffect,
} from "@preact/signals";
export type { ComponentChild, ComponentChildren, ComponentType, FunctionComponent, RefObject, VNode } from "preact";
export type { ReadonlySignal } from "@preact/signals";
