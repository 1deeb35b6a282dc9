// Figures as people read them; null is a figure without samples.

const known = (write) => (x) => (x == null ? "–" : write(x));

function scaled(x, step, units) {
  let unit = 0;
  while (x >= step && unit < units.length - 1) {
    x /= step;
    ++unit;
  }
  return `${x >= 100 || unit === 0 ? Math.round(x) : x.toPrecision(2)} ${units[unit]}`;
}

export const bytes = known((x) => scaled(x, 1000, ["B", "kB", "MB", "GB", "TB", "PB"]));
export const rate = known((mbps) => scaled(mbps * 1e6, 1000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]));
export const percent = known((x) => `${x >= 99.95 || x === 0 ? Math.round(x) : x.toFixed(1)} %`);
export const millis = known((x) => (x >= 1000 ? `${(x / 1000).toPrecision(3)} s` : `${Math.round(x)} ms`));
export const duration = known((s) => {
  if (s < 60) return `${Math.ceil(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
});
export const clock = known((iso) => new Date(iso).toLocaleTimeString());
