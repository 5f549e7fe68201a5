#include "app/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"
#include "sim/venue.hpp"
#include "strategy/desk.hpp"
#include "tests/app/desk_text.hpp"

namespace keel::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> errors_of(std::string_view find, const std::string& replace) {
    const auto out = load_config(edited_desk({{find, replace}}), "desk.toml");
    return out ? std::vector<std::string>{} : out.error();
}

// What is refused is what would be taken.
TEST(Memory, IsReckonedAsItIsTaken) {
    const auto config = load_config(
        edited_desk(
            {{"number = 3",
              "number = 3\n[desk.capacities]\norders = 20000\nlegs = 5000\nfills = 90001"}}),
        "desk.toml");
    ASSERT_TRUE(config.has_value());
    const strategy::Desk desk{config->run.desk};
    const auto desk_taken = static_cast<double>(desk.words().size() * 8);
    EXPECT_NEAR(static_cast<double>(desk_bytes(config->run.desk.engine.capacities)) / desk_taken,
                1.0, 0.05);
}

TEST(Memory, MoreThanAMachineHasIsRefusedWithItsLine) {
    EXPECT_THAT(
        errors_of("number = 3", "number = 3\n[desk.capacities]\nfills = 1000000000"),
        ElementsAre(HasSubstr("desk.toml:10:9: desk.capacities.fills: is 1000000000, which takes "
                              "44.7 GiB of the 44.7 GiB that this config asks for; 8.0 GiB are "
                              "allowed, and this machine has ")));
    // What the simulated venue numbers in 20 bits.
    EXPECT_THAT(errors_of("name = \"maker\"", "name = \"maker\"\norders_max = 1048576"),
                ElementsAre(HasSubstr("must be from 16 to 1048575")));
    EXPECT_THAT(errors_of("name = \"maker\"", "name = \"maker\"\nmessages_max = 1000000"),
                testing::IsEmpty());
}

} // namespace
} // namespace keel::app
