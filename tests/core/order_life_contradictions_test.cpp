#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/core/walk.hpp"

// An amended order of which a venue says anything at all, true together or not: every ordering of
// every set of facts ends in one belief, and where they cannot be true together, somebody is told.

namespace keel::core::facts {
namespace {

using enum ExecType;

constexpr Ticks new_px{105};

// An order of 10 on leg 1, asked to become 8 at another price.
std::vector<Fact> legs_catalogue(const Dialect& dialect) {
    const std::uint64_t fresh = dialect.keeps_id ? 1 : 2;
    // A whole that is not what was asked for; of a leg of its own, less.
    const std::int64_t whole = dialect.amend_qty == AmendQty::Total ? 8 : dialect.keeps_id ? 9 : 7;
    return {
        {.type = Trade, .fill = 'a', .qty = 2},
        {.type = Trade, .fill = 'd', .qty = 10},
        {.type = Trade, .fill = 'b', .qty = 1, .leg = fresh},
        {.type = Trade, .fill = 'e', .qty = 9, .leg = fresh}, // more than was asked
        {.type = Canceled},
        {.type = Canceled, .cum = 2},
        {.type = Expired, .cum = 1, .leg = fresh},
        {.type = Canceled, .leg = fresh},
        {.type = Rejected, .cum = 0, .leg = fresh},
        {.type = New, .leg = fresh},
        {.type = New, .leg = 3}, // of nobody's asking
        {.type = Status, .cum = 3, .version = 4},
        {.type = Restated, .qty = 2},
        {.type = Replaced, .leg = fresh, .order_qty = whole, .amend_no = 1},
        {.type = Replaced, .leg = fresh, .amend_no = 1}, // does not say how much
        {.leg = 0, .amend_no = 1, .answers = RequestKind::Amend},
        {.leg = fresh, .amend_no = 1, .answers = RequestKind::Amend},
        {.leg = 0,
         .amend_no = 1,
         .answers = RequestKind::Amend,
         .outcome = Outcome::Refused,
         .reason = Reason::TooLate},
    };
}

std::string name_of(const Dialect& d) {
    constexpr std::array names{"total", "remaining", "replacement"};
    return fmt::format("{}, id {}", names[static_cast<std::size_t>(d.amend_qty)],
                       d.keeps_id ? "kept" : "replaced");
}

TEST(OrderLifeContradictions, EveryOrderingOfEverySetEndsInOneBelief) {
    for (const AmendQty qty : {AmendQty::Total, AmendQty::Remaining, AmendQty::Replacement}) {
        for (const bool keeps_id : {true, false}) {
            const Dialect dialect{.amend_qty = qty, .keeps_id = keeps_id};
            SCOPED_TRACE(name_of(dialect));
            Walk walk{dialect, Lots{10}};
            walk.order.tell(body_of(walk.order, {.type = New}));
            ASSERT_TRUE(walk.order.amend(new_px, Lots{8}));
            walk.settle_here();
            walk.cancels_count = false;
            int failures = 0;
            for (std::size_t size = 1; size <= 4; ++size) {
                each_set(legs_catalogue(dialect), size, [&](const std::vector<Fact>& set) {
                    if (failures < 200 && !walk.hold_to_one_belief(set)) ++failures;
                });
            }
            EXPECT_GT(walk.orderings, 70'000U);
        }
    }
}

} // namespace
} // namespace keel::core::facts
