#include "tests/core/position_model.hpp"

namespace keel::core {
namespace {

using namespace script;

// Model B of design-check.md in full: three own trades, every delay and loss, a silent change.
TEST(PositionModelSlow, ThreeTrades) {
    const PositionModel model;
    for (const std::vector<int>& signs : {std::vector{1, 1, 1}, std::vector{1, -1, 1}}) {
        for (const int silent : {1, -1}) {
            for (const int lag : {1, 3}) {
                const PositionTally tally = enumerate_positions(model, signs, 4, silent, lag);
                EXPECT_EQ(tally.invented, 0U) << script::to_string(tally);
                EXPECT_EQ(tally.wrong_end, 0U) << script::to_string(tally);
            }
        }
    }
}

} // namespace
} // namespace keel::core
