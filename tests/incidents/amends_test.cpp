#include <gtest/gtest.h>

#include "tests/incidents/corpus.hpp"

// Quotes that move by an amend: what may cross it, and who notices where a rule about it is
// missing. The incidents of it are in the corpus (SC-03, SC-04, SC-05, SC-25).

namespace keel::incidents {
namespace {

using explore::Rule;
using explore::Scenario;

TEST(Amends, AreSearchedWholeWithoutAFaultAndDrawnWithTwo) {
    expect_whole_and_drawn("xemm-amend", 2);
}

// Whether an amend keeps the venue's id, and how it speaks of quantity.
TEST(Amends, OfEveryDialectBreakNothing) {
    for (const AmendQty qty : {AmendQty::Total, AmendQty::Remaining, AmendQty::Replacement}) {
        for (const bool keeps_id : {true, false}) {
            SCOPED_TRACE(testing::Message() << static_cast<int>(qty) << ' ' << keeps_id);
            // Two lots: one may be filled before the amend takes effect.
            const auto scenario =
                loaded_scenario("incidents/sc-25-remaining-or-total", "keel", [&](Scenario& s) {
                    for (VenueTraits* venue : {&s.desk.engine.venues[0], &s.venues[0].traits}) {
                        venue->amend_qty = qty;
                        venue->amend_keeps_order_id = keeps_id;
                    }
                });
            ASSERT_NE(scenario, nullptr);
            const explore::SearchResult some = drawn(scenario, 3, 500);
            EXPECT_TRUE(some.findings.empty()) << broken_words(some);
            EXPECT_EQ(some.tally.terminals, 500U) << "each comes to an end";
        }
    }
}

const Broken broken[] = {
    {"an end goes by our id", "xemm-amend", [](Scenario& s) { sabotage(s).end_ends_order = true; },
     0, Rule::TruthInsideInterval},
    {"an order that has ended is settled at once", "xemm-amend",
     [](Scenario& s) { sabotage(s).ended_is_settled = true; }, 1, Rule::TruthInsideInterval},
};

TEST(Amends, WithARuleSwitchedOffTheSearchFindsIt) { expect_each_found(broken, 10'000); }

} // namespace
} // namespace keel::incidents
