// What a provider's actor keeps of its catalogue: the newest copy, how old it is, and those who wait while
// it is read. One reading at a time serves all who ask meanwhile. Time comes in; nobody is asked from here.
#pragma once

#include "net/client/loader.hpp"
#include "policy/time.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace tributary {

/// A copy (or the news that there is none) is used for so long without asking the provider again.
inline constexpr seconds catalog_kept{60};
/// A loader that has not answered by then is asked anew. Longer than catalog_read_max: ours do answer.
inline constexpr seconds catalog_reading_given_up{45};
/// Who may wait for one reading.
inline constexpr std::size_t catalog_readers_max = 256;

class catalog_shelf {
public:
  /// What a reader gets: a catalogue, or none and why.
  struct copy {
    std::shared_ptr<const catalog> books;
    catalog_answer facts; ///< Of the reading; its `fresh` is empty.
    bool from_cache = false;
  };
  using reader = std::function<void(const copy&)>;

  enum class next : std::uint8_t {
    nothing, ///< The reader was told, or waits for the reading that is under way.
    read,    ///< It waits, and the catalogue must be read: see number() and known(); then took().
    full,    ///< catalog_readers_max wait already: the reader was not kept.
  };
  [[nodiscard]] next want(reader r, steady_time now);

  /// Which reading is under way; a result of an older one is void.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] const document_version& known() const noexcept { return version_; }

  /// The reading has ended: keeps what it brought and tells all who wait.
  void took(std::uint64_t number, catalog_answer a, steady_time now);

  /// The provider is another one now: what is kept is not its catalogue. Who waits goes on waiting: read
  /// again when this answers true.
  [[nodiscard]] bool forget();

private:
  std::shared_ptr<const catalog> books_;
  document_version version_;
  catalog_answer last_;
  std::optional<steady_time> fresh_until_;
  std::vector<reader> waiting_;
  steady_time given_up_at_{};
  std::uint64_t number_ = 0;
};

/// A reading that did not take place.
[[nodiscard]] catalog_answer refusal(fault cause, std::string why);

/// The answer to a query from a copy, or from what went wrong with it.
[[nodiscard]] catalog_reply reply_of(const catalog_shelf::copy& c, const catalog_query& q);

/// How a transfer of a catalogue item ends that found no path. `found`: of the is_language query for it.
[[nodiscard]] transfer_result
failure_of(const catalog_shelf::copy& c, const catalog_reply& found, const transfer_request& request);

} // namespace tributary
