// What makes two requests the same. The journal stores the result: a change here needs a migration.
#include "messages/store.hpp"

#include <xxhash.h>

namespace tributary {

namespace {

/// Lengths go in with the texts, so that no two different lists read the same.
void append(std::string& to, std::string_view text) {
  to += std::to_string(text.size());
  to += ':';
  to += text;
}

} // namespace

std::uint64_t fingerprint_of(const job_spec& spec) {
  std::string text;
  append(text, spec.resource.path);
  text += std::to_string(spec.resource.urls.size()) + ';';
  for (const auto& url : spec.resource.urls)
    append(text, url);
  append(text, spec.output);
  append(text, spec.sha256.value_or(""));
  append(text, spec.size ? std::to_string(*spec.size) : "");
  if (const auto& item = spec.resource.item) { // Nothing otherwise: the numbers of other jobs are stored.
    append(text, item->key);
    append(text, item->season ? std::to_string(*item->season) : "");
    append(text, item->episode ? std::to_string(*item->episode) : "");
    append(text, item->language);
  }
  return XXH3_64bits(text.data(), text.size());
}

} // namespace tributary
