// Talks to the engine: JSON requests and the event stream, with the token of whoever signed in.

/** What the engine refused: its problem body (RFC 9457), in one sentence. */
export class Refusal extends Error {
  constructor(problem) {
    const details = (problem.errors ?? []).map((e) => `${e.pointer ?? e.parameter}: ${e.detail}`);
    super(details.length > 0 ? details.join("; ") : (problem.detail ?? problem.title));
    this.status = problem.status;
  }
}

export class Api {
  #token;
  #signal;

  /** Once the signal is aborted every request fails, also one under way. */
  constructor(token, signal) {
    this.#token = token;
    this.#signal = signal;
  }

  get(path) {
    return this.#json("GET", path);
  }

  post(path, body) {
    return this.#json("POST", path, body);
  }

  delete(path) {
    return this.#json("DELETE", path);
  }

  /**
   * Calls `each` with every event after the one of that id (null: from now on), and `opened` once they come;
   * returns when the stream ends.
   */
  async events(after, each, opened) {
    const reply = await this.#fetch("GET", after === null ? "/api/events" : `/api/events?after=${after}`);
    opened();
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        const data = lines.find((line) => line.startsWith("data:"));
        if (data) each(JSON.parse(data.slice("data:".length)));
      }
    }
  }

  async #json(method, path, body) {
    const answer = await (await this.#fetch(method, path, body)).json();
    this.#signal.throwIfAborted(); // Nobody is there any more to be shown it.
    return answer;
  }

  async #fetch(method, path, body) {
    const headers = { Authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const reply = await fetch(path, { method, headers, signal: this.#signal, body: body && JSON.stringify(body) });
    if (reply.ok) return reply;
    const problem = await reply.json().catch(() => ({ title: reply.statusText }));
    throw new Refusal({ ...problem, status: reply.status });
  }
}
