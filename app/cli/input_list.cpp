#include "app/cli/input_list.hpp"

#include <unordered_map>

namespace tributary::cli {

namespace {

constexpr auto separators = " \t";

bool is_url(std::string_view word) {
  return word.find("://") != std::string_view::npos;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos)
      break;
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
  return words;
}

/// The name stands after the last tab, unless that is one more URL. Names may hold spaces.
job_spec wish_of(std::string_view line, const job_spec& like) {
  auto wish = like;
  if (const auto tab = line.rfind('\t'); tab != std::string_view::npos && !is_url(line.substr(tab + 1))) {
    wish.output = line.substr(tab + 1);
    line = line.substr(0, tab);
  }
  wish.resource = {};
  wish.resource.urls = words_of(line);
  return wish;
}

/// The pointers of a job as the words of a line.
std::string told(const complaint& c) {
  if (c.pointer.starts_with("/resource/urls/"))
    return "URL " + std::to_string(std::stoul(c.pointer.substr(sizeof "/resource/urls/" - 1)) + 1) + " " +
           c.message;
  if (c.pointer == "/output")
    return "the name " + c.message;
  return c.pointer.starts_with("/resource") ? "the URLs: " + c.message : c.message;
}

class reader {
public:
  explicit reader(const job_spec& like) : like_(like) {
    const auto rule = like.on_conflict.value_or(on_conflict::error);
    names_may_repeat_ = rule == on_conflict::rename || rule == on_conflict::replace;
  }

  void take(std::size_t number, std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\t' || line.back() == ' '))
      line.remove_suffix(1);
    if (line.empty() || line.front() == '#')
      return;
    if (line.size() > input_line_bytes_max) {
      complain(number, "is longer than " + std::to_string(input_line_bytes_max) + " bytes");
      return;
    }
    auto wish = wish_of(line, like_);
    const auto wrong = check_and_complete(wish);
    for (const auto& c : wrong)
      complain(number, told(c));
    if (!wrong.empty())
      return;
    const auto [at, fresh] = line_of_.try_emplace(wish.output, number);
    if (!fresh && !names_may_repeat_ && !wish.output.empty()) { // Without one, the source will name it.
      complain(
          number, "has the same output as line " + std::to_string(at->second) + ": " + wish.output +
                      " (give it a name of its own after a tab)");
      return;
    }
    list_.wishes.push_back(std::move(wish));
  }

  void complain(std::size_t number, std::string message) {
    if (list_.wrong.size() < input_complaints_max)
      list_.wrong.push_back({"line " + std::to_string(number), std::move(message)});
    else
      ++untold_;
  }

  input_list finish() {
    if (untold_ > 0)
      list_.wrong.push_back({"", "and " + std::to_string(untold_) + " more"});
    if (!list_.wrong.empty())
      list_.wishes.clear();
    return std::move(list_);
  }

private:
  const job_spec& like_;
  bool names_may_repeat_ = false;
  input_list list_;
  std::unordered_map<std::string, std::size_t> line_of_;
  std::size_t untold_ = 0;
};

} // namespace

input_list read_input_list(std::istream& in, const job_spec& like) {
  reader r{like};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    if (++number > input_lines_max) {
      r.complain(number, "is one too many: at most " + std::to_string(input_lines_max) + " are read");
      break;
    }
    r.take(number, line);
  }
  return r.finish();
}

} // namespace tributary::cli
