// The two bodies of the journal, each as one type for TEST_CASE_TEMPLATE.
#pragma once

#include "store/journal.hpp"
#include "tests/support/random_jobs.hpp"
#include "tests/support/temp_dir.hpp"

#include <initializer_list>

namespace tributary::testing {

struct memory_body {
  std::unique_ptr<journal> store = make_memory_journal();
};

struct sqlite_body {
  temp_dir folder;
  std::unique_ptr<journal> store = open_sqlite_journal(folder / "journal.db");
};

inline job_row job(job_id id, job_state state = job_state::queued, std::uint32_t run_no = 0) {
  job_row row;
  row.id = id;
  row.spec.resource.path = "path/" + std::to_string(id);
  row.spec.output = "out/" + std::to_string(id);
  row.state = state;
  row.run_no = run_no;
  row.created_at = wall_time{milliseconds{1000 + static_cast<std::int64_t>(id)}};
  return row;
}

inline event_row event(std::string kind) {
  event_row e;
  e.kind = std::move(kind);
  e.data = "{}";
  return e;
}

inline attempt_row attempt(std::uint32_t number, std::string provider, outcome result = outcome::ok) {
  attempt_row a;
  a.number = number;
  a.provider = std::move(provider);
  a.result = result;
  return a;
}

inline decision_row decided(std::string message) {
  decision_row d;
  d.message = std::move(message);
  return d;
}

inline commit_result commit(journal& to, store_batch batch) {
  const std::vector<store_batch> batches{std::move(batch)};
  return to.commit(batches).at(0);
}

inline std::vector<job_id> ids_of(const stored_page& page) {
  std::vector<job_id> out;
  for (const auto& each : page.jobs)
    out.push_back(each.row.id);
  return out;
}

} // namespace tributary::testing
