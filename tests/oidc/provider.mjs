// A real OpenID Connect provider for the tests: oidc-provider, which is certified, with a plain page to sign in at.
// Each line on standard input is JSON: {"redirects": [...]} says where its client lives, {"rotate": true} signs with another
// key from now on. A line of JSON on standard output says where it listens, and that a change is made.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

const [client_id, client_secret] = process.argv.slice(2);
const STRONG = "urn:test:two-factors";
// What the library warns of goes where a person reads it.
console.info = console.log = console.warn = console.error;

const key = () => ({ ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" });

let redirects = ["https://nowhere.invalid/w/provider"];
let keys = [key()];
let handle = (request, response) => response.writeHead(503).end();

const server = createServer((request, response) => handle(request, response));
server.listen(0, "127.0.0.1", () => {
  build();
  say({ issuer: issuer() });
});

const issuer = () => `http://localhost:${server.address().port}`;
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

function build() {
  const provider = new Provider(issuer(), {
    clients: [{ client_id, client_secret, redirect_uris: redirects, post_logout_redirect_uris: redirects.map((to) => new URL("/", to).href), response_types: ["code"], grant_types: ["authorization_code"], token_endpoint_auth_method: "client_secret_basic" }],
    jwks: { keys },
    cookies: { keys: ["test"] },
    acrValues: [STRONG],
    features: {
      devInteractions: { enabled: false },
      // The library's own page asks others for letters.
      rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = `<!doctype html><html lang="en"><title>Organisation</title><link rel="icon" href="data:,">${form}<button autofocus form="op.logoutForm" name="logout" value="yes">Leave</button>`; } },
    },
    pkce: { required: () => true },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    // Nobody is asked whether the room may know who they are.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
  const rest = provider.callback();
  handle = (request, response) => {
    if (!request.url.startsWith("/interaction/")) return rest(request, response);
    return interact(provider, request, response).catch((error) => response.writeHead(500).end(String(error)));
  };
}

async function interact(provider, request, response) {
  await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    return response.end('<!doctype html><html lang="en"><title>Organisation</title><link rel="icon" href="data:,"><form method="post"><label>Name <input id="login" name="login" autofocus></label> <label>Two factors <input type="checkbox" id="strong" name="strong"></label> <button>Go on</button></form>');
  }
  let body = "";
  for await (const piece of request) body += piece;
  const given = new URLSearchParams(body);
  const result = given.get("login")
    ? { login: { accountId: given.get("login"), acr: given.has("strong") ? STRONG : undefined, amr: given.has("strong") ? ["pwd", "otp"] : ["pwd"] } }
    : { error: "access_denied", error_description: "went away" };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const told = JSON.parse(line);
  if (told.redirects) redirects = told.redirects;
  if (told.rotate) keys = [key()];
  build();
  say({ done: true });
}).on("close", () => process.exit(0));
