// How the values of catalog.hpp travel: apart from it, since loaders must know no CAF.
#pragma once

#include "messages/caf_compat.hpp"
#include "messages/catalog.hpp"

namespace tributary {

template <class Inspector>
auto inspect(Inspector& f, catalog_ref& x) {
  return compat::fields(f, "catalog_ref", x.key, x.season, x.episode, x.language);
}
template <class Inspector>
auto inspect(Inspector& f, catalog_query& x) {
  return compat::fields(f, "catalog_query", x.what, x.text, x.item);
}
template <class Inspector>
auto inspect(Inspector& f, catalog_title& x) {
  return compat::fields(f, "catalog_title", x.key, x.title, x.languages);
}
template <class Inspector>
auto inspect(Inspector& f, season_count& x) {
  return compat::fields(f, "season_count", x.season, x.episodes);
}
template <class Inspector>
auto inspect(Inspector& f, catalog_reply& x) {
  return compat::fields(
      f, "catalog_reply", x.result, x.cause, x.status, x.message, x.provider, x.items, x.more, x.seasons,
      x.available, x.language, x.path, x.from_cache, x.bytes, x.connect, x.first_byte);
}

} // namespace tributary
