#include "app/cli/wording.hpp"

#include <doctest/doctest.h>

using namespace tributary::cli;

TEST_CASE("wording: bytes step by 1024 and never show 1024.0 of a unit") {
  CHECK(bytes_text(std::nullopt) == "-");
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1024) == "1.0 KiB");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(bytes_text(1048524) == "1023.9 KiB");
  CHECK(bytes_text(1048575) == "1.0 MiB");
  CHECK(bytes_text(UINT64_MAX) == "16.0 EiB");
}

TEST_CASE("wording: speed is bytes a second of Mbit/s") {
  CHECK(speed_text(std::nullopt) == "-");
  CHECK(speed_text(8.388608) == "1.0 MiB/s");
  CHECK(speed_text(-1) == "-");
}

TEST_CASE("wording: durations show two units") {
  CHECK(duration_text(std::nullopt) == "-");
  CHECK(duration_text(0.42) == "0.4s");
  CHECK(duration_text(9.94) == "9.9s");
  CHECK(duration_text(9.96) == "10s");
  CHECK(duration_text(59.4) == "59s");
  CHECK(duration_text(59.6) == "1m00s");
  CHECK(duration_text(185) == "3m05s");
  CHECK(duration_text(3600) == "1h00m");
  CHECK(duration_text(90000) == "1d01h");
  CHECK(duration_text(1e300) == "-");
  CHECK(duration_text(-1) == "-");
}

TEST_CASE("wording: percents and milliseconds") {
  CHECK(percent_text(100) == "100%");
  CHECK(percent_text(97.54) == "97.5%");
  CHECK(percent_text(std::nullopt) == "-");
  CHECK(milliseconds_text(12.34) == "12.3 ms");
  CHECK(milliseconds_text(1200) == "1.20 s");
}
