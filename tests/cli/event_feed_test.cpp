#include "app/cli/event_feed.hpp"
#include "app/cli/event_line.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <vector>

using namespace tributary::cli;

namespace {

constexpr std::string_view stream_text = "retry: 2000\nid: 4\n\nid: 5\nevent: job.failed\ndata: {\"a\":1}\n\n"
                                         ": still here\n\ndata: x\ndata: y\n\nid: 9\n\n";

} // namespace

TEST_CASE("event_feed: frames come out whole, however the bytes are cut") {
  for (std::size_t step = 1; step <= stream_text.size(); ++step) {
    CAPTURE(step);
    frame_reader frames;
    std::vector<std::string> got;
    for (std::size_t at = 0; at < stream_text.size(); at += step)
      CHECK(frames.feed(stream_text.substr(at, step), [&](const std::string& data) {
        got.push_back(data);
        return true;
      }));
    CHECK(got == std::vector<std::string>{"{\"a\":1}", "x\ny"});
    CHECK(frames.last_id() == "9");
  }
}

TEST_CASE("event_feed: ends when there is enough, and at a frame without end") {
  frame_reader frames;
  int taken = 0;
  CHECK_FALSE(frames.feed(stream_text, [&](const std::string&) { return ++taken < 1; }));
  CHECK(taken == 1);
  CHECK(frames.last_id() == "5");
  frame_reader endless;
  const std::string mebi(1 << 20, 'x');
  const auto none = [](const std::string&) { return true; };
  for (int i = 0; i < 4; ++i)
    CHECK(endless.feed(mebi, none));
  CHECK_FALSE(endless.feed("x", none));
}

TEST_CASE("event_feed: half a frame of a stream that ended is forgotten") {
  frame_reader frames;
  std::vector<std::string> got;
  const auto take = [&](const std::string& data) {
    got.push_back(data);
    return true;
  };
  CHECK(frames.feed("id: 1\ndata: a\n", take));
  frames.restart();
  CHECK(frames.feed("data: b\n\n", take));
  CHECK(got == std::vector<std::string>{"b"});
  CHECK(frames.last_id() == "1");
}

TEST_CASE("event_line: says what happened to whom and why, on one line") {
  const auto line = [](const char* text) { return event_line(boost::json::parse(text), terminal{}); };
  CHECK(
      line(
          R"({"id":"42","at":"T","kind":"job.failed","job":"7","data":{"id":"7","output":"b.iso","provider":"nas",)"
          R"("error":{"class":"auth","message":"401\n"}}})") ==
      "T  #42  job.failed  job 7  b.iso  from nas: 401\xEF\xBF\xBD");
  CHECK(
      line(
          R"({"id":"43","at":"T","kind":"provider.state","job":null,"data":{"provider":"nas","from":"available",)"
          R"("to":"unavailable","reason":"3 incidents","unavailable_until":"U"}})") ==
      "T  #43  provider.state  nas available -> unavailable: 3 incidents, until U");
  CHECK(line("{}") == "  ");
}
