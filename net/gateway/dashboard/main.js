// Signs in, then keeps the page up to date: events say when to look again, and a slow beat covers speeds.
import { Api } from "./api.js";
import { byId, element } from "./dom.js";
import { Jobs } from "./jobs.js";
import { Providers } from "./providers.js";
import { clock, percent, rate } from "./units.js";

const tokenKey = "tributary.token"; // Of this tab alone; gone when it closes.
const beat = 2000;
const historyBeat = 60_000;
const lookAfterEvent = 300;
const reconnectAfter = 3000;
const eventsKept = 200;

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
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
  #leaving = new AbortController();
  #api;
  #looking = null;
  #lookComes = false;
  #newest = null; // Id of the last event.

  constructor(token) {
    const { signal } = this.#leaving;
    this.#api = new Api(token, signal);
    this.providers = new Providers(this.#api, () => this.look());
    this.jobs = new Jobs(this.#api, () => this.look(), signal);
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
    this.#found();
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

  /** Follows the events, and comes back when the engine does, to the event where it stopped. */
  async #follow() {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      try {
        await this.#api.events(this.#newest, (event) => this.#happened(event), () => this.#found());
        this.#lost(new Error("the engine ended the stream of events"));
      } catch (why) {
        this.#lost(why);
      }
      await pause(reconnectAfter, signal);
    }
  }

  /** Many events may come at once: one look soon after shows what they came to. */
  async #happened(event) {
    this.#newest = event.id;
    showEvent(event);
    if (this.#lookComes) return;
    this.#lookComes = true;
    await pause(lookAfterEvent, this.#leaving.signal);
    this.#lookComes = false;
    if (!this.#leaving.signal.aborted && !document.hidden) await this.look().catch((why) => this.#lost(why));
  }

  #found() {
    if (!this.#leaving.signal.aborted) byId("connection").textContent = "Connected";
  }

  #lost(why) {
    if (this.#leaving.signal.aborted) return;
    if (why.status === 401) signOut("The token is not valid any more.");
    else byId("connection").textContent = `Not connected: ${why.message}`;
  }
}

let page = null; // Of whoever is signed in, or is signing in.

/** Shows nothing of the engine any more. */
function leavePage(why) {
  page?.leave();
  page = null;
  document.querySelector("main").hidden = true;
  byId("trace").close();
  byId("sign-out").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-error").textContent = why;
  byId("connection").textContent = "Not signed in";
  byId("notice").textContent = "";
  for (const id of ["providers", "jobs", "events", "overview"]) byId(id).replaceChildren();
}

function signOut(why = "") {
  sessionStorage.removeItem(tokenKey);
  leavePage(why);
}

async function signIn(token) {
  leavePage("");
  byId("sign-in").hidden = true;
  byId("connection").textContent = "Signing in";
  const coming = new Page(token);
  page = coming;
  try {
    await coming.look();
  } catch (why) {
    if (why.status === 401) signOut(why.message);
    else leavePage(why.message); // The token may be right: a reload tries it again.
    return;
  }
  sessionStorage.setItem(tokenKey, token);
  byId("sign-out").hidden = false;
  document.querySelector("main").hidden = false;
  coming.run();
  await coming.providers.showHistory().catch(() => {}); // The next beat shows it.
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
