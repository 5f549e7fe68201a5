#pragma once

#include <vector>

#include "tests/core/facts.hpp"

namespace keel::core::facts {

constexpr Lots ordered{5};

// Everything a venue may say of an order of 5 lots, true together or not.
inline std::vector<Fact> catalogue() {
    using enum ExecType;
    return {
        {.type = New},
        {.type = Trade, .fill = 'a', .qty = 2},
        {.type = Trade, .fill = 'b', .qty = 1},
        {.type = Trade, .fill = 'c', .qty = 3}, // a and c complete it
        {.type = Trade, .fill = 'd', .qty = 5}, // the whole at once
        {.type = Canceled},
        {.type = Canceled, .cum = 0},
        {.type = Canceled, .cum = 2},
        {.type = Expired, .cum = 3},
        {.type = Expired},
        {.type = Rejected},
        {.type = Rejected, .cum = 0},
        {.type = Status, .cum = 0},
        {.type = Status, .cum = 2},
        {.type = Status, .cum = 3, .version = 1},
        {.type = Status, .cum = 2, .version = 2},
        {.type = Status, .cum = 5, .version = 3},
        {.type = Status, .cum = 7},
        {.type = TradeCancel, .fill = 'a', .qty = 2},
        {.type = TradeCancel, .fill = 'c'}, // does not say how much
        {.type = TradeCorrect, .fill = 'a', .qty = 1, .number = 1},
        {.type = TradeCorrect, .fill = 'a', .qty = 4, .number = 2},
        {.type = Restated, .qty = 3},
        {.type = Restated, .qty = 5},
        {.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Matched},
        {.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Confirmed},
        {.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Failed},
        {.answers = RequestKind::New},
        {.leg = 0, .answers = RequestKind::New}, // does not name the order
        {.leg = 0,
         .answers = RequestKind::New,
         .outcome = Outcome::Refused,
         .reason = Reason::InsufficientMargin},
        {.leg = 0,
         .answers = RequestKind::New,
         .outcome = Outcome::Unknown,
         .reason = Reason::Timeout},
    };
}

} // namespace keel::core::facts
