// The table of providers: how each stands, its last day, and what can be done about it.
import { action, badge, byId, element, put, putOnce, rowOf, sync } from "./dom.js";
import { bytes, clock, millis, percent, rate } from "./units.js";

const tones = { available: "good", probation: "warn", unknown: "quiet", unavailable: "bad", disabled: "quiet" };
const day = 24 * 3600;
const step = day / 48;

function stateBadge(health) {
  const until = health.unavailable_until ? ` until ${clock(health.unavailable_until)}` : "";
  return badge(health.state + until, tones[health.state], health.state_reason);
}

function toneOf(point) {
  if (point?.uptime_percentage == null) return "";
  if (point.uptime_percentage >= 99.9 && (point.success_rate ?? 100) >= 99) return "good";
  return point.uptime_percentage >= 95 ? "warn" : "bad";
}

/** One bar for each half hour of the last day, the present one last. */
export function stripOf(points, now) {
  const last = Math.floor(now / 1000 / step);
  const byStep = new Map(points.map((p) => [Math.floor(Date.parse(p.at) / 1000 / step), p]));
  const bars = [];
  for (let at = last - day / step + 1; at <= last; ++at) {
    const point = byStep.get(at);
    const title = point
      ? `${clock(new Date(at * step * 1000))}: up ${percent(point.uptime_percentage)}, success ${percent(point.success_rate)}`
      : `${clock(new Date(at * step * 1000))}: nothing known`;
    bars.push(element("span", { className: toneOf(point), title }));
  }
  return element("div", { className: "strip", role: "img", "aria-label": "Availability over 24 hours" }, ...bars);
}

export class Providers {
  #api;
  #refresh;

  constructor(api, refresh) {
    this.#api = api;
    this.#refresh = refresh;
  }

  async show() {
    const [{ providers }, health] = await Promise.all([
      this.#api.get("/api/providers"),
      this.#api.get("/api/providers/health"),
    ]);
    const shown = providers.map((p) => ({ ...p, health: health.providers[p.name] }));
    sync(byId("providers"), shown, (p) => p.name, () => rowOf(11), (row, p) => this.#fill(row, p));
    return health;
  }

  /** The bars; asked for once a minute, since they are made of whole minutes. */
  async showHistory() {
    for (const row of byId("providers").children) {
      const path = `/api/providers/health/${encodeURIComponent(row.dataset.key)}/history?step=${step}`;
      const history = await this.#api.get(path).catch(() => null); // Removed meanwhile: its row goes, too.
      if (history) put(row.cells[2], stripOf(history.points, Date.now()));
    }
  }

  #fill(row, p) {
    const cells = row.cells;
    const f = p.health;
    put(cells[0], element("strong", { title: p.base_url ?? p.directory ?? "" }, p.name));
    put(cells[1], p.draining ? badge("draining", "warn") : f ? stateBadge(f) : badge(p.state, "quiet"));
    if (!cells[2].hasChildNodes()) put(cells[2], stripOf([], Date.now()));
    put(cells[3], percent(f?.success_rate), "number");
    put(cells[4], millis(f?.response_time_p50_ms), "number");
    put(cells[5], millis(f?.response_time_p95_ms), "number");
    put(cells[6], rate(f?.throughput_mbps), "number");
    put(cells[7], bytes(f?.total_bytes_downloaded), "number");
    put(cells[8], String(p.leases), "number");
    put(cells[9], f?.last_error ? `${clock(f.last_error_time)} ${f.last_error}` : "", "text quiet");
    putOnce(cells[10], `${p.draining} ${p.enabled}`, () => (p.draining ? "" : this.#actions(p)), "actions");
  }

  #actions(p) {
    const path = `/api/providers/config/${encodeURIComponent(p.name)}`;
    const ask = (what) => async () => {
      await this.#api.post(`${path}/${what}`);
      await this.#refresh();
    };
    return p.enabled
      ? [action("Disable", "Lets it rest; its transfers move to others", ask("disable"))]
      : [action("Enable", "Lets it be used", ask("enable"))];
  }
}
