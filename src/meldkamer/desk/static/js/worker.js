// One worker per workplace: it holds the only connection and the focus that all windows share. Windows are views.
import { Live } from "./live.js";
import { Shared } from "./shared.js";

/** @type {Set<MessagePort>} */
const ports = new Set();
/** @type {any} */
let focus = null;

const shared = new Shared();
const live = new Live((message) => {
  if (message.t === "state" && message.state === "signed_out") shared.forget();
  for (const port of ports) port.postMessage(message);
});

/** @type {any} */ (self).onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = ({ data }) => {
    switch (data.t) {
      case "hello":
        port.postMessage(live.snapshot());
        port.postMessage({ t: "focus", focus });
        break;
      case "follow":
        live.follow(data.regions);
        break;
      case "focus":
        focus = data.focus;
        for (const other of ports) if (other !== port) other.postMessage({ t: "focus", focus });
        break;
      case "read":
        shared.ask(data.path, data.state).then((answer) => {
          // What changed comes before what was read after it.
          live.tellRows();
          port.postMessage({ t: "answer", n: data.n, ...answer });
        });
        break;
      case "look_back":
        live.lookBack(data);
        break;
      case "seek":
        live.seek(data.at);
        break;
      case "speed":
        live.speed(data.speed);
        break;
      case "stop":
        live.stop();
        shared.forget();
        break;
      case "bye":
        ports.delete(port);
        break;
      case "ping":
        port.postMessage({ t: "pong" });
        break;
    }
  };
  port.start();
};
