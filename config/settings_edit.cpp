#include "config/settings_edit.hpp"

#include "config/settings_json.hpp"
#include "config/wording.hpp"

#include <algorithm>
#include <cassert>

namespace tributary {
namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>; // clang 14, which builds the fuzz targets, needs to be told.

edited from(settings_or_complaints&& result) {
  return std::visit([](auto&& x) -> edited { return std::move(x); }, std::move(result));
}

/// The chain's members as they stand: what an explicit chain would be made from.
std::vector<std::string> members_of(const settings& s) {
  return s.chain ? *s.chain : effective_chain(s);
}

edited with_member(const settings& base, const add_to_chain& edit) {
  if (!base.providers.contains(edit.provider))
    return edit_error::unknown_provider;
  auto chain = members_of(base);
  const auto present = std::ranges::find(chain, edit.provider);
  if (present != chain.end() && !edit.position) {
    auto next = base;
    next.chain = std::move(chain);
    return next;
  }
  if (present != chain.end())
    chain.erase(present);
  const auto position = edit.position.value_or(chain.size());
  if (position > chain.size())
    return complaints{
        {"/position", "must be at most " + std::to_string(chain.size()) + ", the length of the chain, is " +
                          std::to_string(position)}};
  chain.insert(chain.begin() + static_cast<std::ptrdiff_t>(position), edit.provider);
  auto next = base;
  next.chain = std::move(chain);
  return next;
}

edited without_member(const settings& base, const std::string& provider) {
  auto chain = members_of(base);
  if (std::erase(chain, provider) == 0)
    return base.providers.contains(provider) ? edit_error::not_in_chain : edit_error::unknown_provider;
  auto next = base;
  next.chain = std::move(chain);
  return next;
}

edited without_provider(const settings& base, const std::string& provider) {
  auto next = base;
  if (next.providers.erase(provider) == 0)
    return edit_error::unknown_provider;
  if (next.chain)
    std::erase(*next.chain, provider);
  return next;
}

} // namespace

edited apply(const settings& base, const settings_edit& edit) {
  const overloaded by_kind{
      [&](const patch_global_section& e) { return from(patch_global_text(base, e.patch)); },
      [&](const patch_one_provider& e) -> edited {
        if (!base.providers.contains(e.provider))
          return edit_error::unknown_provider;
        return from(patch_provider_text(base, e.provider, e.patch));
      },
      [&](const add_provider& e) -> edited {
        if (base.providers.contains(e.provider))
          return edit_error::provider_exists;
        return from(add_provider_text(base, e.provider, e.section));
      },
      [&](const remove_provider& e) { return without_provider(base, e.provider); },
      [&](const replace_chain& e) { return from(replace_failover_text(base, e.section)); },
      [&](const add_to_chain& e) { return with_member(base, e); },
      [&](const remove_from_chain& e) { return without_member(base, e.provider); },
      [&](const replace_document& e) { return from(parse_settings(e.text)); },
      [&](const roll_back&) -> edited {
        assert(false && "fetched first");
        return base;
      },
      [&](const reload_file&) -> edited {
        assert(false && "fetched first");
        return base;
      }};
  return std::visit(by_kind, edit);
}

std::string describe(const settings_edit& edit) {
  const overloaded by_kind{
      [](const patch_global_section&) { return std::string{"change the global settings"}; },
      [](const patch_one_provider& e) { return "change provider " + e.provider; },
      [](const add_provider& e) { return "add provider " + e.provider; },
      [](const remove_provider& e) { return "remove provider " + e.provider; },
      [](const replace_chain&) { return std::string{"replace the chain"}; },
      [](const add_to_chain& e) {
        return "put " + e.provider + " into the chain" +
               (e.position ? " at place " + std::to_string(*e.position) : std::string{});
      },
      [](const remove_from_chain& e) { return "take " + e.provider + " out of the chain"; },
      [](const replace_document&) { return std::string{"import"}; },
      [](const roll_back& e) { return "roll back to revision " + std::to_string(e.revision); },
      [](const reload_file&) { return std::string{"read the file again"}; }};
  return std::visit(by_kind, edit);
}

} // namespace tributary
