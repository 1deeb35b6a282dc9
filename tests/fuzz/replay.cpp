// Runs a fuzz target over its corpus where libFuzzer is not at hand, so that every test run repeats what was
// found before. Arguments: files and folders.
#include "tests/fuzz/property.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

void run(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  const std::vector<char> bytes{std::istreambuf_iterator<char>{in}, {}};
  std::cerr << "input " << file.string() << std::endl; // Flushed: the last line names the input of a crash.
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

} // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<fs::path> files;
    if (fs::is_directory(argv[i]))
      for (const auto& entry : fs::directory_iterator{argv[i]})
        files.push_back(entry.path());
    else
      files.emplace_back(argv[i]);
    for (const auto& file : files)
      run(file);
    inputs += files.size();
  }
  std::cout << inputs << " inputs\n";
  return inputs > 0 ? 0 : 1; // A corpus that went missing is a failure.
}
