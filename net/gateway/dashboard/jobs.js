// The table of jobs, submitting, and what can be done to one.
import { action, ask, badge, byId, element, put, putOnce, rowOf, sync } from "./dom.js";
import { showTrace } from "./trace.js";
import { bytes, clock, duration, rate } from "./units.js";

const tones = { succeeded: "good", failed: "bad", waiting: "warn", paused: "warn", cancelled: "quiet", queued: "quiet" };
const ended = ["succeeded", "failed", "cancelled"];
const page = 50;

/** What the engine is asked for: URLs when each word is one, else a path. */
export function requestOf(resource, output) {
  const words = resource.trim().split(/\s+/);
  const urls = words.every((word) => /^https?:\/\//i.test(word));
  const body = { resource: urls ? { urls: words } : { path: resource.trim() } };
  if (output.trim()) body.output = output.trim();
  return body;
}

function progress(job) {
  if (job.size == null) return bytes(job.bytes_done);
  const bar = element("progress", { max: Math.max(job.size, 1), value: job.size === 0 ? 1 : job.bytes_done });
  return [bar, ` ${bytes(job.bytes_done)} of ${bytes(job.size)}`];
}

function messageOf(job) {
  if (job.error) return job.error.message;
  if (job.next_attempt_at) return `next attempt at ${clock(job.next_attempt_at)}`;
  return job.providers_tried.length > 1 ? `tried ${job.providers_tried.join(", ")}` : "";
}

export class Jobs {
  #api;
  #refresh;
  #pages = 1;

  constructor(api, refresh, signal) {
    this.#api = api;
    this.#refresh = refresh;
    byId("submit").addEventListener("submit", (event) => this.#submit(event), { signal });
    byId("state").addEventListener("change", () => ask(() => this.#turn(1)), { signal });
    byId("more").addEventListener("click", () => ask(() => this.#turn(this.#pages + 1)), { signal });
  }

  async show() {
    const state = byId("state").value;
    let jobs = [];
    let next = null;
    for (let i = 0; i < this.#pages && (i === 0 || next); ++i) {
      const query = new URLSearchParams({ limit: page, ...(state && { state }), ...(next && { cursor: next }) });
      const got = await this.#api.get(`/api/jobs?${query}`);
      jobs = jobs.concat(got.jobs);
      next = got.next;
    }
    byId("more").hidden = !next;
    sync(byId("jobs"), jobs, (job) => job.id, () => rowOf(9), (row, job) => this.#fill(row, job));
  }

  async #turn(pages) {
    this.#pages = pages;
    await this.#refresh();
  }

  async #submit(event) {
    event.preventDefault();
    await ask(async () => {
      await this.#api.post("/api/jobs", requestOf(byId("resource").value, byId("output").value));
      event.target.reset();
      await this.#turn(1);
    });
  }

  #fill(row, job) {
    const cells = row.cells;
    put(cells[0], job.id, "number");
    put(cells[1], job.output, "text");
    put(cells[2], badge(job.state, tones[job.state] ?? ""));
    put(cells[3], progress(job));
    put(cells[4], rate(job.rate_mbps), "number");
    put(cells[5], duration(job.eta_seconds), "number");
    put(cells[6], job.provider, "text");
    put(cells[7], messageOf(job), "text quiet");
    putOnce(cells[8], job.state, () => this.#actions(job), "actions");
  }

  #actions(job) {
    const then = (label, title, run) =>
      action(label, title, async () => {
        await run();
        await this.#refresh();
      });
    const buttons = [action("Trace", "Why it went as it did", () => showTrace(this.#api, job))];
    if (job.state === "paused")
      buttons.push(then("Resume", "Lets it go on", () => this.#api.post(`/api/jobs/${job.id}/resume`)));
    else if (!ended.includes(job.state) && job.state !== "publishing")
      buttons.push(then("Pause", "Holds it; its bytes are kept", () => this.#api.post(`/api/jobs/${job.id}/pause`)));
    if (job.state === "failed" || job.state === "cancelled")
      buttons.push(then("Retry", "Begins it anew", () => this.#api.post(`/api/jobs/${job.id}/retry`)));
    if (!ended.includes(job.state))
      buttons.push(then("Cancel", "Ends it; its bytes go", () => this.#api.delete(`/api/jobs/${job.id}`)));
    return buttons;
  }
}
