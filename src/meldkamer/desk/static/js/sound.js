// Three tones, made here. A browser stays silent until a key is pressed; the top line says so.
import { signal } from "../vendor/preact.js";
import { past } from "./past.js";

export const sounding = signal(false);
/** Whether this window is the one of its workplace that makes the sound. */
let ours = !navigator.locks;
/** @type {AudioContext | null} */
let audio = null;

/** Call from a key press or click. */
export function unlock() {
  audio ??= new AudioContext();
  audio.resume().then(() => {
    sounding.value = audio?.state === "running";
    // One window at a time holds it; when that one is closed, the next has it.
    if (sounding.value) navigator.locks?.request(past.peek() ? "meldkamer past sound" : "meldkamer sound", () => new Promise(() => (ours = true)));
  });
}

/** @type {Record<string, [number[], number]>} */
const TONES = { call: [[587, 784], 0.14], alarm: [[880, 1175, 880], 0.16], warn: [[660, 660], 0.12], message: [[440], 0.12] };

/** @param {"call" | "alarm" | "warn" | "message"} name */
export function tone(name) {
  if (past.peek() || !ours || !audio || audio.state !== "running") return;
  const [notes, length] = TONES[name];
  notes.forEach((pitch, n) => {
    if (!audio) return;
    const at = audio.currentTime + n * (length + 0.05);
    const pulse = audio.createOscillator();
    const volume = audio.createGain();
    pulse.frequency.value = pitch;
    volume.gain.setValueAtTime(0.16, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + length);
    pulse.connect(volume).connect(audio.destination);
    pulse.start(at);
    pulse.stop(at + length);
  });
}
