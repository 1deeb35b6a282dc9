// One notation for signatures, inspect functions and atoms, so that a later build on CAF 1.x stays
// mechanical. Nothing else is wrapped. Written for CAF 0.17 (Debian's libcaf-dev).
//
//   using counter_actor = compat::typed_actor<caf::result<void>(add_atom, int), caf::result<int>(get_atom)>;
//   TRIBUTARY_ATOM(add)                                   add_atom is a type, add_atom_v its value
//   return compat::fields(f, "point", p.x, p.y);          the body of an inspect function
#pragma once

#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/make_message.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/result.hpp>
#include <caf/sec.hpp>
#include <caf/typed_actor.hpp>

#include <optional>

/// Declares NAME_atom (a type) and NAME_atom_v (its value). CAF 0.17 allows at most 10 characters.
#define TRIBUTARY_ATOM(NAME)                                                                                 \
  using NAME##_atom = caf::atom_constant<caf::atom(#NAME)>;                                                  \
  [[maybe_unused]] constexpr NAME##_atom NAME##_atom_v {}

namespace tributary::compat {

template <class>
struct signature;
template <class... Out, class... In>
struct signature<caf::result<Out...>(In...)> {
  using type = typename caf::replies_to<In...>::template with<Out...>;
};
template <class... In>
struct signature<caf::result<void>(In...)> {
  using type = caf::reacts_to<In...>;
};

template <class... Signatures>
using typed_actor = caf::typed_actor<typename signature<Signatures>::type...>;

template <class Inspector, class... Fields>
auto fields(Inspector& f, const char* name, Fields&... xs) {
  return f(caf::meta::type_name(name), xs...);
}

} // namespace tributary::compat

// CAF 0.17 knows caf::optional only. Inspectors live in namespace caf, so that is where lookup finds this.
namespace caf {

template <class Inspector, class T>
typename Inspector::result_type inspect(Inspector& f, std::optional<T>& x) {
  if constexpr (Inspector::reads_state) {
    bool has = x.has_value();
    return has ? f(has, *x) : f(has);
  } else {
    bool has = false;
    if (auto err = f(has))
      return err;
    if (!has) {
      x.reset();
      return f();
    }
    return f(x.emplace());
  }
}

} // namespace caf

namespace caf::detail {
using caf::inspect; // The pretty printer looks things up here.
}
