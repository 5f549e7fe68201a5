#include "tests/app/keel_call.hpp"

#include <cstdio>

#include <gtest/gtest.h>

#include "app/cli.hpp"
#include "tests/temp_folder.hpp"

namespace keel::app {
namespace {

std::string all_of(std::FILE* file) {
    std::string text;
    std::rewind(file);
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    std::fclose(file);
    return text;
}

} // namespace

Said keel(const std::vector<std::string>& arguments) {
    Console console;
    console.out = std::tmpfile();
    console.err = std::tmpfile();
    Said said;
    said.code = main_with(arguments, console);
    said.out = all_of(console.out);
    said.err = all_of(console.err);
    return said;
}

int run_code(const std::string& text, const std::string& name) {
    const keel::test::TempFolder temp;
    return keel({"run", temp.write(name + ".toml", text)}).code;
}

} // namespace keel::app
