// Our values in and out of SQLite statements. Unsigned 64-bit numbers are stored as the signed ones of the
// same bits.
#pragma once

#include "policy/time.hpp"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tributary {

/// Ends a statement's use, so that no read transaction stays open behind it.
class statement_use {
public:
  explicit statement_use(SQLite::Statement& s) : s_(s) { s_.tryReset(); }
  ~statement_use() { s_.tryReset(); } // A failed step has been reported already.
  statement_use(const statement_use&) = delete;
  statement_use& operator=(const statement_use&) = delete;

  /// Binds all parameters in order. The texts must outlive the use.
  template <class... Ts>
  void bind(const Ts&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
  }
  [[nodiscard]] bool next() { return s_.executeStep(); }
  /// Runs it, and answers how many rows it changed.
  int run() { return s_.exec(); }

private:
  void bind_one(int i, std::uint64_t x) { s_.bind(i, static_cast<std::int64_t>(x)); }
  void bind_one(int i, std::int64_t x) { s_.bind(i, x); }
  void bind_one(int i, std::uint32_t x) { s_.bind(i, x); }
  void bind_one(int i, std::int32_t x) { s_.bind(i, x); }
  void bind_one(int i, bool x) { s_.bind(i, static_cast<std::int32_t>(x)); }
  void bind_one(int i, const std::string& x) { s_.bindNoCopy(i, x); }
  void bind_one(int i, std::string_view x) { s_.bind(i, std::string{x}); }
  void bind_one(int i, wall_time x) { s_.bind(i, std::int64_t{x.time_since_epoch().count()}); }
  template <class T>
  void bind_one(int i, const std::optional<T>& x) {
    if (x)
      bind_one(i, *x);
    else
      s_.bind(i);
  }

  SQLite::Statement& s_;
};

/// Reads the columns of the present row one after the other.
class row_reader {
public:
  explicit row_reader(SQLite::Statement& s) : s_(s) {}

  std::uint64_t u64() { return static_cast<std::uint64_t>(s_.getColumn(next_++).getInt64()); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(s_.getColumn(next_++).getInt64()); }
  std::int32_t i32() { return s_.getColumn(next_++).getInt(); }
  std::string text() { return s_.getColumn(next_++).getString(); }
  wall_time time() { return wall_time{milliseconds{s_.getColumn(next_++).getInt64()}}; }
  std::optional<std::uint64_t> optional_u64() { return skip_null() ? std::nullopt : std::optional{u64()}; }
  std::optional<std::string> optional_text() { return skip_null() ? std::nullopt : std::optional{text()}; }
  std::optional<wall_time> optional_time() { return skip_null() ? std::nullopt : std::optional{time()}; }

  /// The enum value of a stored name. @throws std::invalid_argument for a name that we do not know.
  template <class From>
  auto name(From from) {
    const auto stored = text();
    if (const auto value = from(stored))
      return *value;
    throw std::invalid_argument("unknown name '" + stored + "'");
  }

private:
  bool skip_null() {
    const bool null = s_.isColumnNull(next_);
    next_ += null;
    return null;
  }

  SQLite::Statement& s_;
  int next_ = 0;
};

} // namespace tributary
