// Makes, stores and loads tokens.
#include "net/gateway/tokens.hpp"

#include "messages/job_json.hpp"
#include "net/gateway/json_text.hpp"
#include "net/gateway/private_file.hpp"

#include <boost/json.hpp>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <fstream>
#include <iterator>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

constexpr std::size_t token_bytes = 32;

std::filesystem::path token_file(const std::filesystem::path& state_dir) {
  return state_dir / "tokens.json";
}

std::optional<sha256_digest> from_hex(std::string_view text) {
  sha256_digest digest{};
  if (text.size() != 2 * digest.size())
    return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const char* first = text.data() + 2 * i;
    if (const auto [end, why] = std::from_chars(first, first + 2, digest[i], 16);
        why != std::errc{} || end != first + 2)
      return std::nullopt;
  }
  return digest;
}

std::string base64url(const std::array<unsigned char, token_bytes>& bytes) {
  std::array<unsigned char, 4 * ((token_bytes + 2) / 3) + 1> text{};
  const int length = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  std::string out(text.begin(), text.begin() + length);
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  std::erase(out, '=');
  return out;
}

std::optional<token_entry> entry_from(const json::value& v) {
  const auto* o = v.if_object();
  const auto text = [&](const char* key) -> std::optional<std::string> {
    const auto* s = o && o->contains(key) ? o->at(key).if_string() : nullptr;
    return s ? std::optional<std::string>{std::string{*s}} : std::nullopt;
  };
  const auto name = text("name"), digest_text = text("sha256"), scope_name = text("scope"),
             at = text("created_at");
  if (!name || name->empty() || !digest_text || !scope_name || !at)
    return std::nullopt;
  const auto digest = from_hex(*digest_text);
  const auto may = scope_from(*scope_name);
  const auto created_at = from_iso8601(*at);
  if (!digest || !may || !created_at)
    return std::nullopt;
  return token_entry{*name, *digest, *may, *created_at};
}

std::string to_text(const token_list& tokens) {
  json::array out;
  for (const auto& t : tokens)
    out.push_back(json::object{
        {"name", t.name},
        {"sha256", to_hex(t.digest)},
        {"scope", to_string(t.may)},
        {"created_at", to_iso8601(t.created_at)}});
  return json_text(json::value(std::move(out)));
}

struct made_token {
  std::string text;
  token_entry entry;
};

std::optional<made_token> make_token(const std::string& name, scope may, wall_time now) {
  std::array<unsigned char, token_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return std::nullopt;
  auto text = base64url(bytes);
  const auto digest = sha256_of(text);
  return made_token{std::move(text), {name, digest, may, now}};
}

constexpr const char* no_randomness = "the system gives no random numbers, so no token can be made";

} // namespace

std::string to_hex(const sha256_digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (auto byte : digest)
    out.append(1, digits[byte >> 4]).append(1, digits[byte & 0xF]);
  return out;
}

sha256_digest sha256_of(std::string_view text) {
  sha256_digest digest{};
  [[maybe_unused]] const int ok =
      EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  assert(ok == 1);
  return digest;
}

std::variant<token_list, std::string> load_tokens(const std::filesystem::path& state_dir) {
  const auto file = token_file(state_dir);
  std::error_code unknown; // Then it is opened, which says why it cannot be.
  if (!std::filesystem::exists(file, unknown) && !unknown)
    return token_list{};
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof())
    return "cannot read " + file.string();
  std::error_code why;
  const auto parsed = json::parse(text, why);
  const auto* entries = why ? nullptr : parsed.if_array();
  if (!entries)
    return file.string() + " is damaged: it should be a JSON array of tokens";
  token_list tokens;
  for (const auto& v : *entries) {
    auto entry = entry_from(v);
    if (!entry)
      return file.string() + " is damaged: entry " + std::to_string(tokens.size() + 1) +
             " lacks a valid name, sha256, scope or created_at";
    tokens.push_back(std::move(*entry));
  }
  return tokens;
}

std::variant<new_token, std::string>
add_token(const std::filesystem::path& state_dir, const std::string& name, scope may, wall_time now) {
  auto loaded = load_tokens(state_dir);
  if (auto* why = std::get_if<std::string>(&loaded))
    return *why;
  auto& tokens = std::get<token_list>(loaded);
  if (name.empty())
    return "a token needs a name";
  if (std::ranges::find(tokens, name, &token_entry::name) != tokens.end())
    return "there is a token named \"" + name + "\" already";
  auto made = make_token(name, may, now);
  if (!made)
    return no_randomness;
  tokens.push_back(std::move(made->entry));
  if (auto why = write_private_file(token_file(state_dir), to_text(tokens)); !why.empty())
    return why;
  return new_token{std::move(made->text)};
}

std::variant<admin_token, std::string> ensure_admin(const std::filesystem::path& state_dir, wall_time now) {
  const auto shown = state_dir / "admin.token";
  std::error_code unknown; // Then load_tokens says what is wrong.
  if (std::filesystem::exists(token_file(state_dir), unknown) || unknown)
    return admin_token{shown, false};
  const auto made = make_token("admin", scope::admin, now);
  if (!made)
    return no_randomness;
  // The text first: after a crash between the two the next start makes a new pair.
  if (auto why = write_private_file(shown, made->text + "\n"); !why.empty())
    return why;
  if (auto why = write_private_file(token_file(state_dir), to_text({made->entry})); !why.empty())
    return why;
  return admin_token{shown, true};
}

} // namespace tributary::gateway
