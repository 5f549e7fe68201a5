#pragma once

#include <string>
#include <vector>

#include "model/bytes.hpp"

namespace keel::frames {

// One frame of every kind of event and command, each field with a value of its own, so that two
// fields that change places, or one that changes its size, change the bytes.
struct Named {
    std::string name; // of its file in tests/golden/model/
    std::vector<std::byte> bytes;
};
std::vector<Named> one_of_each();

} // namespace keel::frames
