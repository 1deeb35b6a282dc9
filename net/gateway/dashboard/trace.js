// Why a job went as it did: its decisions and attempts, in the order of time.
import { badge, byId, element } from "./dom.js";
import { bytes, clock, millis } from "./units.js";

function decision(d) {
  const others = d.candidates
    .filter((c) => c.skipped)
    .map((c) => element("li", {}, `${c.provider} was passed over: ${c.skipped}`));
  const what = { grant: `${d.chosen} is chosen`, wait_until: "waits", wait_slot: "waits for a free slot", give_up: "gives up" };
  const flags = [d.least_bad && "the least bad one", d.afresh && "afresh"].filter(Boolean).join(", ");
  return element(
    "li", {}, `${clock(d.at)} `, badge(what[d.action], d.action === "give_up" ? "bad" : "quiet"),
    ` ${d.message}${flags ? ` (${flags})` : ""}`, others.length ? element("ul", {}, ...others) : null);
}

function attempt(a) {
  const took = a.finished_at ? millis(Date.parse(a.finished_at) - Date.parse(a.started_at)) : "not ended";
  const next = a.next_delay_ms == null ? "" : `, the next one after ${millis(a.next_delay_ms)}`;
  return element(
    "li", {}, `${clock(a.started_at)} `, badge(`attempt ${a.number}: ${a.outcome}`, a.outcome === "ok" ? "good" : "bad"),
    ` ${a.provider}, ${bytes(a.bytes)} in ${took}${a.message ? `: ${a.message}` : ""}${next}`);
}

export async function showTrace(api, job) {
  const trace = await api.get(`/api/jobs/${job.id}/trace`);
  const steps = [
    ...trace.decisions.map((d) => ({ at: d.at, shown: decision(d) })),
    ...trace.attempts.map((a) => ({ at: a.started_at, shown: attempt(a) })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)); // Stable: a decision before its attempt.
  byId("trace-title").textContent = `Job ${job.id}: ${job.output}`;
  byId("trace-body").replaceChildren(
    steps.length ? element("ol", {}, ...steps.map((s) => s.shown)) : element("p", {}, "Nothing was decided yet."));
  byId("trace").showModal();
}
