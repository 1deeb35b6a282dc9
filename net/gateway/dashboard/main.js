// Signs in, then keeps the page up to date: events say when to look again, and a slow beat covers speeds.
import { Api } from "./api.js";
import { byId, element } from "./dom.js";
import { Jobs } from "./jobs.js";
import { Providers } from "./providers.js";
import { clock, percent, rate } from "./units.js";

const tokenKey = "tributary.token"; // Of this tab alone; gone when it closes.
const beat = 2000;
const historyBeat = 60_000;
const reconnectAfter = 3000;
const eventsKept = 200;

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

function showOverview(health, failover) {
  const figures = {
    "providers usable": `${health.available_providers} of ${health.total_providers}`,
    [`success, ${health.window_minutes} min`]: percent(health.overall_success_rate),
    throughput: rate(speedOfJobs()),
    streams: failover.totals.leases,
    jobs: failover.totals.jobs,
    failovers: failover.totals.failovers,
    order: failover.order,
  };
  byId("overview").replaceChildren(
    ...Object.entries(figures).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

/** Of the jobs on the page. */
function speedOfJobs() {
  return [...byId("jobs").children].reduce((sum, row) => sum + (JSON.parse(row.dataset.shown).rate_mbps ?? 0), 0);
}

function showEvent(event) {
  const about = event.job ? `job ${event.job}: ` : "";
  const data = event.data.error?.message ?? event.data.state_reason ?? event.data.reason ?? event.data.output ?? "";
  byId("events").prepend(
    element("li", {}, element("span", { className: "quiet" }, clock(event.at)), element("span", {}, event.kind),
      element("span", { className: "text" }, about + data)));
  while (byId("events").children.length > eventsKept) byId("events").lastChild.remove();
}

class Page {
  #api;
  #leaving = new AbortController();
  #looking = null;

  constructor(token) {
    this.#api = new Api(token);
    this.providers = new Providers(this.#api, () => this.look());
    this.jobs = new Jobs(this.#api, () => this.look(), this.#leaving.signal);
  }

  /** Looks at everything once more. One look at a time; whoever asks meanwhile gets the next. */
  look() {
    const next = (this.#looking ?? Promise.resolve()).catch(() => {}).then(() => this.#lookNow());
    this.#looking = next;
    return next;
  }

  async #lookNow() {
    const [health, failover] = await Promise.all([
      this.providers.show(), this.#api.get("/api/providers/failover"), this.jobs.show(),
    ]);
    showOverview(health, failover);
  }

  run() {
    this.#every(beat, () => this.look());
    this.#every(historyBeat, () => this.providers.showHistory());
    this.#follow();
  }

  leave() {
    this.#leaving.abort();
  }

  async #every(period, work) {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      await pause(period, signal);
      if (signal.aborted || document.hidden) continue;
      await work().catch((why) => this.#lost(why));
    }
  }

  /** Follows the events, and comes back when the engine does. */
  async #follow() {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      try {
        byId("connection").textContent = "Connected";
        await this.#api.events(showEvent, signal);
        this.#lost(new Error("the engine ended the stream of events"));
      } catch (why) {
        this.#lost(why);
      }
      await pause(reconnectAfter, signal);
    }
  }

  #lost(why) {
    if (this.#leaving.signal.aborted) return;
    if (why.status === 401) signOut("The token is not valid any more.");
    else byId("connection").textContent = `Not connected: ${why.message}`;
  }
}

let page = null;

function signOut(why = "") {
  page?.leave();
  page = null;
  sessionStorage.removeItem(tokenKey);
  document.querySelector("main").hidden = true;
  byId("sign-out").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-error").textContent = why;
  byId("connection").textContent = "Not signed in";
  for (const id of ["providers", "jobs", "events", "overview"]) byId(id).replaceChildren();
}

async function signIn(token) {
  const coming = new Page(token);
  try {
    await coming.look();
  } catch (why) {
    coming.leave();
    return signOut(why.message);
  }
  page = coming;
  sessionStorage.setItem(tokenKey, token);
  byId("sign-in").hidden = true;
  byId("sign-in-error").textContent = "";
  byId("sign-out").hidden = false;
  document.querySelector("main").hidden = false;
  page.run();
  await page.providers.showHistory();
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = byId("token").value.trim();
  event.target.reset();
  await signIn(token);
});
byId("sign-out").addEventListener("click", () => signOut());

const kept = sessionStorage.getItem(tokenKey);
if (kept) await signIn(kept);
