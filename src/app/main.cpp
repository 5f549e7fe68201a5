#include <string>
#include <vector>

#include "app/cli.hpp"
#include "app/console.hpp"

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return keel::app::main_with(arguments, keel::app::Console::of_process());
}
