// Puts the page together: routes to choose from, the connection's state, the theme and the side panel.
import * as api from "./api.js";
import * as streams from "./streams.js";
import { setRoute } from "./chat.js";
import { visits } from "./kept.js";
import { showCollection } from "./documents.js";

const routesBox = document.getElementById("routes");
const current = document.getElementById("current-route");
const connection = document.getElementById("connection");
const demo = document.getElementById("demo");
const side = document.getElementById("side");
const veil = document.getElementById("veil");
const openSide = document.getElementById("open-side");
const kinds = { "rag/v1/answers": "answers from documents", "llm/v1/chat": "chat", "llm/v1/completions": "completion" };

function setSide(open) {
  side.classList.toggle("open", open);
  veil.hidden = !open;
  openSide.setAttribute("aria-expanded", String(open));
  if (open) side.querySelector("button, input")?.focus();
}
openSide.addEventListener("click", () => setSide(!side.classList.contains("open")));
veil.addEventListener("click", () => setSide(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && side.classList.contains("open")) {
    setSide(false);
    openSide.focus();
  }
});

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  visits.setItem("theme", root.dataset.theme);
});

async function choose(route, buttons) {
  if (route.name === current.textContent) return;
  for (const [button, r] of buttons) {
    button.setAttribute("aria-checked", String(r === route));
    button.tabIndex = r === route ? 0 : -1;
  }
  current.textContent = route.name;
  visits.setItem("route", route.name);
  demo.hidden = !route.demo;
  showCollection(route.rag?.collection ?? null);
  const examples = route.rag ? await api.examples(route.rag.collection) : [];
  // Another may have been chosen while these were on their way.
  if (route.name === current.textContent) setRoute(route, examples);
}

/** Whether a route's words come from a demo model: those match words and quote, and understand nothing. */
function isDemo(route, routes) {
  const named = (name) => routes.find((r) => r.name === name);
  const model = (route.rag ? named(route.rag.completions_route) : route)?.model;
  return model?.provider === "gpu-worker" && model.name.startsWith("demo-");
}

function offer(routes) {
  const asked = routes.filter((r) => kinds[r.route_type]).sort((a, b) => Object.keys(kinds).indexOf(a.route_type) - Object.keys(kinds).indexOf(b.route_type) || a.name.localeCompare(b.name));
  if (!asked.length) {
    routesBox.textContent = "No route can be asked yet. Create one with POST /api/2.0/gateway/routes.";
    return;
  }
  const buttons = new Map();
  for (const route of asked) {
    route.demo = isDemo(route, routes);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "route";
    button.setAttribute("role", "radio");
    const name = document.createElement("b");
    name.textContent = route.name;
    const kind = document.createElement("span");
    kind.textContent = kinds[route.route_type];
    button.append(name, kind);
    button.addEventListener("click", () => {
      choose(route, buttons);
      setSide(false);
    });
    buttons.set(button, route);
  }
  routesBox.replaceChildren(...buttons.keys());
  routesBox.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...buttons.keys()];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.focus();
    choose(buttons.get(next), buttons);
  });
  const last = visits.getItem("route");
  choose(asked.find((r) => r.name === last) ?? asked.find((r) => r.name === "gardening") ?? asked[0], buttons);
}

function setState(state) {
  connection.className = `status ${state}`;
  connection.lastElementChild.textContent = { connecting: "connecting", live: "connected", direct: "connected, without SignalR", lost: "reconnecting" }[state];
}

// The routes are offered once: what comes and goes later is the connection, and the conversation stays.
async function start() {
  for (;;) {
    try {
      offer(await api.routes());
      return;
    } catch (error) {
      routesBox.textContent = error.unreachable ? `${error.message} The page tries again by itself.` : error.message;
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  }
}
start();
streams.connect(setState);
