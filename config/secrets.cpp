#include "config/secrets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <optional>
#include <ranges>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tributary {
namespace {

constexpr std::string_view reference_mark = "secret://";
constexpr std::size_t name_max = 128, secret_bytes_max = 64 * 1024, redacted_bytes_min = 4;

constexpr bool begins_name(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
constexpr bool continues_name(char c) noexcept {
  return begins_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// As it stands in a URL's query.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF", plain = "-._~";
  std::string out;
  for (const char c : text)
    if (begins_name(c) || (c >= '0' && c <= '9') || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append(1, '%').append(1, digits[byte >> 4u]).append(1, digits[byte & 15u]);
    }
  return out;
}

std::string_view name_at(std::string_view text) {
  if (text.empty() || !begins_name(text.front()))
    return {};
  const auto end = std::ranges::find_if_not(text, continues_name);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// Calls `literal(text)` and `reference(name)` for the parts, in order.
template <class Literal, class Reference>
void walk(std::string_view text, Literal literal, Reference reference) {
  for (;;) {
    const auto at = text.find(reference_mark);
    literal(text.substr(0, at));
    if (at == std::string_view::npos)
      return;
    text.remove_prefix(at + reference_mark.size());
    const auto name = name_at(text);
    reference(name);
    text.remove_prefix(name.size());
  }
}

std::string unset(const std::string& name, const std::string& why) {
  return "the secret `" + name + "` is not available: " + why;
}

/// Nothing when there is no such file.
std::optional<secret_value> from_file(const std::filesystem::path& file, const std::string& name) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT)
    return std::nullopt;
  const auto failed = [&](const std::string& why) {
    return secret_value{{}, unset(name, file.string() + " " + why)};
  };
  if (fd < 0)
    return failed("cannot be read: " + std::generic_category().message(errno));
  struct stat facts {};
  std::string text(secret_bytes_max + 1, '\0');
  const bool known = ::fstat(fd, &facts) == 0;
  const auto size = known && S_ISREG(facts.st_mode) ? ::read(fd, text.data(), text.size()) : -1;
  ::close(fd);
  if (size < 0)
    return failed("cannot be read: it is no regular file");
  if ((facts.st_mode & 077) != 0)
    return failed("may be read by others: make its mode 0600");
  if (static_cast<std::size_t>(size) > secret_bytes_max)
    return failed("is larger than 64 KiB");
  text.resize(static_cast<std::size_t>(size));
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  return secret_value{std::move(text), {}};
}

} // namespace

secret_source secrets_in(std::filesystem::path folder) {
  return [folder = std::move(folder)](const std::string& name) -> secret_value {
    const auto file = folder / name;
    if (auto found = from_file(file, name))
      return *std::move(found);
    if (const char* value = std::getenv(name.c_str()))
      return {value, {}};
    return {
        {}, unset(name, "there is neither a file " + file.string() + " nor an environment variable " + name)};
  };
}

std::vector<std::string> secret_names(std::string_view text) {
  std::vector<std::string> out;
  walk(
      text, [](std::string_view) {}, [&](std::string_view name) { out.emplace_back(name); });
  return out;
}

std::string secret_reference_error(std::string_view text) {
  for (const auto& name : secret_names(text)) {
    if (name.empty())
      return "holds `secret://` without a name: write secret://NAME, where NAME begins with a letter or `_` "
             "and "
             "goes on with letters, digits, `_`, `.` or `-`";
    if (name.size() > name_max)
      return "holds a secret:// reference with a name of more than " + std::to_string(name_max) +
             " characters";
  }
  return {};
}

secret_value resolve_secrets(std::string_view text, const secret_source& source) {
  secret_value out;
  walk(
      text, [&](std::string_view literal) { out.text += literal; },
      [&](std::string_view name) {
        if (!out.why.empty())
          return;
        auto found = source ? source(std::string{name})
                            : secret_value{{}, unset(std::string{name}, "nothing here looks secrets up")};
        out.text += found.text;
        out.why = std::move(found.why);
      });
  if (!out.why.empty())
    out.text.clear();
  return out;
}

std::string without_secrets(std::string text, const std::vector<std::string>& values) {
  constexpr std::string_view shown = "***";
  std::vector<std::string> forms;
  for (const auto& value : values)
    if (value.size() >= redacted_bytes_min) {
      forms.push_back(value);
      forms.push_back(percent_encoded(value));
    }
  std::ranges::sort(forms, std::greater{}, &std::string::size); // One may be part of another.
  for (const auto& form : forms)
    for (std::size_t from = 0;;) {
      const auto found = std::search(
          text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), form.begin(), form.end(),
          [](char a, char b) { return lower_case(a) == lower_case(b); });
      if (found == text.end())
        break;
      from = static_cast<std::size_t>(found - text.begin());
      text.replace(from, form.size(), shown);
      from += shown.size();
    }
  return text;
}

} // namespace tributary
