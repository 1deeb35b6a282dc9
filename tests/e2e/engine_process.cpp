#include "tests/e2e/engine_process.hpp"

#include "tests/support/http_client.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <openssl/evp.h>

#include <cstdio>
#include <random>
#include <set>

namespace tributary::testing {

namespace json = boost::json;
using namespace std::chrono_literals;

engine_process::engine_process(const folders& f, bool quiet) {
  std::vector<std::string> command{
      TRIBUTARY_PROGRAM, "run",         "--config",           f.config.string(), "--state",
      f.state.string(),  "--downloads", f.downloads.string(), "--listen",        "127.0.0.1:0"};
  if (quiet)
    command.emplace_back("--quiet");
  if (f.standard_error)
    command.insert(command.begin(), {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&3 3>&-"});
  process_ = std::make_unique<testing::process>(
      std::move(command), testing::process::options{f.environment, f.standard_error});
  const auto line = process_->wait_for_line("listening on ", 30s);
  if (!line)
    return;
  port_ = static_cast<std::uint16_t>(std::stoi(line->substr(line->rfind(':') + 1)));
  token_ = read_file(f.state / "admin.token");
  while (!token_.empty() && token_.back() == '\n')
    token_.pop_back();
}

engine_process::reply
engine_process::call(const std::string& method, const std::string& path, const std::string& body) {
  std::vector<std::pair<std::string, std::string>> headers{{"Authorization", "Bearer " + token_}};
  if (!body.empty())
    headers.emplace_back("Content-Type", "application/json");
  const auto got = http_call(port_, method, path, headers, body);
  reply r{got.status, nullptr};
  if (!got.body.empty())
    r.body = json::parse(got.body);
  return r;
}

std::optional<std::string> engine_process::submit(const std::string& path, const std::string& sha256) {
  json::object wish{{"resource", {{"path", path}}}};
  if (!sha256.empty())
    wish["sha256"] = sha256;
  const auto r = call("POST", "/api/jobs", json::serialize(wish));
  if (r.status != 202 && r.status != 200)
    return std::nullopt;
  return std::string(r.body.at("id").as_string());
}

json::object engine_process::job(const std::string& id) {
  auto r = call("GET", "/api/jobs/" + id);
  return r.status == 200 ? r.body.as_object() : json::object{};
}

std::string engine_process::state_of(const std::string& id) {
  const auto j = job(id);
  const auto* state = j.if_contains("state");
  return state ? std::string(state->as_string()) : "";
}

json::object engine_process::finished(const std::string& id, std::chrono::milliseconds at_most) {
  static const std::set<std::string> final_states{"succeeded", "failed", "cancelled"};
  eventually(at_most, [&] { return final_states.contains(state_of(id)); });
  return job(id);
}

std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937_64 rng{seed};
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    const std::uint64_t word = rng();
    bytes.replace(
        at, std::min(sizeof word, size - at), reinterpret_cast<const char*>(&word),
        std::min(sizeof word, size - at));
  }
  return bytes;
}

std::string sha256_of(const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", digest[i]);
    hex += two;
  }
  return hex;
}

std::vector<std::string> part_files(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".part")
      found.push_back(entry.path().filename());
  return found;
}

std::string
settings_text(const std::vector<std::pair<std::string, std::string>>& providers, const std::string& global) {
  json::object named;
  int priority = 0;
  for (const auto& [name, url] : providers)
    named[name] = {{"kind", "http"}, {"base_url", url}, {"priority", ++priority}};
  return json::serialize(json::object{{"version", 1}, {"global", json::parse(global)}, {"providers", named}});
}

} // namespace tributary::testing
